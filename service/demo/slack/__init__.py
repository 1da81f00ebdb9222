"""A Slack-speaking server for the demo and the tests: Web API, Socket Mode, webhooks, and a page that draws it all.

`wire` reads calls, `methods` answer them, `blocks` refuses what Slack refuses, `workspace` keeps what was said,
`limits` and `faults` say no; `sockets`, `signing` and `interactions` carry clicks and commands to the app; `control` is
for tests and `page` for people. `launch.start_slack()` starts it all in a child process.
"""
