-- SPDX-License-Identifier: ISC
-- Logins for wrk, of clients that wait for as long as Retry-After says; the
-- answers by what they are, as one line: name=value.
local threads = {}
local waiting = 0

function setup(thread)
	table.insert(threads, thread)
end

function init(args)
	wrk.method = "POST"
	wrk.body = args[1]
	wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
	wrk.headers["Sec-Fetch-Site"] = "same-origin"
	done_ok, refused, wrong = 0, 0, 0
end

function response(status, headers, body)
	if status == 204 then
		done_ok = done_ok + 1
	elseif status == 429 and headers["Retry-After"] then
		refused = refused + 1
		waiting = waiting + 1
		seconds = tonumber(headers["Retry-After"])
	else
		wrong = wrong + 1
	end
end

-- Of whichever connection has its turn: there are as many as were refused.
function delay()
	if waiting == 0 then
		return 0
	end
	waiting = waiting - 1
	return seconds * 1000
end

function done(summary, latency)
	local sum = { done_ok = 0, refused = 0, wrong = 0 }
	for _, thread in ipairs(threads) do
		for name in pairs(sum) do
			sum[name] = sum[name] + thread:get(name)
		end
	end
	local e = summary.errors
	io.write(string.format("result ok=%d refused=%d wrong=%d us=%d " ..
	    "connect=%d read=%d write=%d timeout=%d\n",
	    sum.done_ok, sum.refused, sum.wrong, summary.duration,
	    e.connect, e.read, e.write, e.timeout))
end
