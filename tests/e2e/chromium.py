# SPDX-License-Identifier: ISC
"""A headless Chromium, driven over WebDriver, that finds no hosts but this
machine's."""

import http.client
import json
import os
import re
import signal

import e2e


class Browser(e2e.Process):
    """A headless Chromium with a profile of its own."""

    def __init__(self, driver, chromium):
        home = e2e.fresh("home")
        os.mkdir(home)
        super().__init__("chromedriver", [driver, "--port=0"],
                         want=-signal.SIGTERM,
                         env=e2e.environment(HOME=home, XDG_CONFIG_HOME=home,
                                             XDG_CACHE_HOME=home))
        self.session = None
        port = e2e.wait_for("chromedriver to listen", lambda: re.search(
            r"successfully on port (\d+)", self.log()))[1]
        # Over a pipe: it ends with chromedriver, whichever way that ends.
        options = ["--headless", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--disable-quic",
                   "--no-first-run", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync",
                   "--no-proxy-server", "--remote-debugging-pipe",
                   "--user-data-dir=" + home + "/profile",
                   "--host-resolver-rules=MAP * ~NOTFOUND, "
                   "EXCLUDE localhost, EXCLUDE 127.0.0.1"]
        self.driver = http.client.HTTPConnection("127.0.0.1", int(port),
                                                 timeout=e2e.PATIENCE)
        self.session = self.ask("POST", "/session", {"capabilities": {
            "alwaysMatch": {
                "browserName": "chrome",
                "timeouts": {"script": e2e.PATIENCE * 1000,
                             "pageLoad": e2e.PATIENCE * 1000},
                "goog:loggingPrefs": {"browser": "ALL"},
                "goog:chromeOptions": {"binary": chromium, "args": options},
            }}})["sessionId"]

    def ask(self, method, path, body=None):
        if self.session:
            path = "/session/" + self.session + path
        self.driver.request(method, path,
                            None if body is None else json.dumps(body),
                            {"Content-Type": "application/json"})
        answer = self.driver.getresponse()
        value = json.loads(answer.read())["value"]
        if answer.status != 200:
            raise AssertionError("%s %s: %s" % (method, path, value))
        return value

    def stop(self):
        if self.session:
            self.ask("DELETE", "")
            self.session = None
        return super().stop()

    def open(self, url):
        """As if somebody had typed it."""
        self.ask("POST", "/url", {"url": url})

    def run(self, code, *args):
        """What the body of an async function returns, which has args."""
        value = self.ask("POST", "/execute/async", {"args": args, "script": """
            const done = arguments[arguments.length - 1];
            const args = [...arguments].slice(0, -1);
            (async () => {%s})().then(value => done({value}),
                e => done({error: String(e)}));""" % code})
        if "error" in value:
            raise AssertionError(value["error"])
        return value.get("value")

    def fetch(self, url, method="GET", headers=None, body=None, cookies=None):
        """As the page's own script does: an Answer, or None if refused."""
        options = {"method": method, "headers": headers or {}}
        if body is not None:
            options["body"] = body
        if cookies is not None:
            options["credentials"] = cookies
        got = self.run("""
            try {
                const r = await fetch(args[0], args[1]);
                return [r.status, [...r.headers], await r.text()];
            } catch (e) {
                if (e.name != "TypeError")
                    throw e;
                return null;
            }""", url, options)
        return got and e2e.Answer(got[0], got[1], got[2])

    def devtools(self, command, **params):
        """A command of Chromium's own protocol."""
        return self.ask("POST", "/goog/cdp/execute",
                        {"cmd": command, "params": params})

    def keys(self, *keys):
        """Pressed one after the other, on whatever has the focus."""
        self.ask("POST", "/actions", {"actions": [{
            "type": "key", "id": "keyboard", "actions": [
                {"type": kind, "value": key} for key in keys
                for kind in ("keyDown", "keyUp")]}]})

    def console(self):
        """What has been written there since it was asked the last time."""
        return [line["message"] for line in
                self.ask("POST", "/se/log", {"type": "browser"})]

    def cookies(self):
        return {c["name"]: c for c in self.ask("GET", "/cookie")}


def start():
    """A browser; None after a skip."""
    chromium = e2e.need("CHROMIUM", "chromium")
    driver = e2e.need("CHROMEDRIVER", "chromedriver")
    return Browser(driver, chromium) if chromium and driver else None
