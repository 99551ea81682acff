"""Measures one fresh kernel, as a Jupyter client sees it; called by `cargo lab latency`.

Arguments: the kernelspec's name; JSON, a list of [name, code]. Prints JSON: seconds by name.
"""

import json
import sys
import time

from jupyter_client.manager import KernelManager


def run(client, code):
    """Executes a cell; returns when both the reply and the end of its output have come."""
    request = client.execute(code)
    failure = None
    while True:
        message = client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") != request:
            continue
        content = message["content"]
        if message["msg_type"] == "error":
            failure = f"{content['ename']}: {content['evalue']}"
        if message["msg_type"] == "status" and content["execution_state"] == "idle":
            break
    if failure:
        raise SystemExit(f"{code}\n{failure}")


def main():
    seconds = {}
    manager = KernelManager(kernel_name=sys.argv[1])
    start = time.monotonic()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        # The kernel answers before it can run anything; an empty cell waits until it can.
        run(client, "")
        seconds["ready"] = time.monotonic() - start
        for name, code in json.loads(sys.argv[2]):
            begin = start if name == "first_result" else time.monotonic()
            run(client, code)
            seconds[name] = time.monotonic() - begin
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=False)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
