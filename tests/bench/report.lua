-- SPDX-License-Identifier: ISC
-- wrk's result as one line: name=value, microseconds where it is a time.
function done(summary, latency)
	local e = summary.errors
	io.write(string.format("result requests=%d us=%d p50=%d p99=%d " ..
	    "status=%d connect=%d read=%d write=%d timeout=%d\n",
	    summary.requests, summary.duration,
	    latency:percentile(50), latency:percentile(99),
	    e.status, e.connect, e.read, e.write, e.timeout))
end
