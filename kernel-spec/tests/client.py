"""A Jupyter client for the tests: starts the kernel, runs cells, keeps what they did."""

import queue
import re
import time
import unittest

from jupyter_client.manager import KernelManager

# How long to wait for what must come, in seconds. Other work on the machine makes everything late, so nothing
# here is a measure of speed; `cargo lab latency` measures.
PATIENCE = 180
# The limit for what comes "at once", in seconds. Without the kernel's help it would take a minute or more.
SOON = 20


class Outcome:
    """What one cell did."""

    def __init__(self):
        self.reply = None
        self.messages = []
        self.times = []

    def of(self, kind):
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def text(self, name="stdout"):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def status(self):
        return self.reply["content"]["status"]

    @property
    def error(self):
        found = self.of("error")
        assert len(found) == 1, found
        plain = "\n".join(found[0]["traceback"])
        return found[0]["ename"], found[0]["evalue"], re.sub(r"\x1b\[[0-9;]*m", "", plain)

    @property
    def result(self):
        found = self.of("execute_result")
        return found[0]["data"] if found else None


class Kernel:
    def __init__(self, name="dfdx-lab", **options):
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel(**options)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code, timeout=PATIENCE, **options):
        return self.wait(self.client.execute(code, **options), timeout)

    def wait(self, request, timeout=PATIENCE):
        outcome = Outcome()
        end = time.monotonic() + timeout
        idle = False
        while not idle:
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["parent_header"].get("msg_id") == request:
                outcome.messages.append(message)
                outcome.times.append(time.monotonic())
                idle = message["content"].get("execution_state") == "idle"
        while outcome.reply is None:
            reply = self.client.get_shell_msg(timeout=max(0.1, end - time.monotonic()))
            if reply["parent_header"].get("msg_id") == request:
                outcome.reply = reply
        return outcome

    def wait_for_output(self, request, found=lambda message: message["msg_type"] == "stream"):
        """Waits for a message of a cell that runs."""
        end = time.monotonic() + PATIENCE
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["parent_header"].get("msg_id") == request and found(message):
                return

    def interrupt(self):
        """Presses stop, and waits until the kernel has handled it."""
        message = self.client.session.msg("interrupt_request", {})
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return

    def later(self, outcome, text, timeout=SOON):
        """Waits for a text on one of the streams, even after the cell's end.

        evcxr_jupyter reads the standard error of the cells' process in a thread of its own, which may
        send a line after the message that the cell is done.
        """
        end = time.monotonic() + timeout
        while text not in outcome.text() + outcome.text("stderr") and time.monotonic() < end:
            try:
                outcome.messages.append(self.client.get_iopub_msg(timeout=0.2))
            except queue.Empty:
                pass
        return outcome

    def reply(self, request):
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == request:
                return reply["content"]

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)


class Cells(unittest.TestCase):
    """Tests that share one kernel."""

    NAME = "dfdx-lab"

    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel(cls.NAME)

    @classmethod
    def tearDownClass(cls):
        cls.kernel.stop()

    def run_ok(self, code):
        outcome = self.kernel.run(code)
        self.assertEqual(outcome.status, "ok", outcome.of("error"))
        self.assertEqual(outcome.of("error"), [])
        return outcome

    def run_error(self, code):
        outcome = self.kernel.run(code)
        self.assertEqual(outcome.status, "error", outcome.messages)
        return outcome.error

    def stop(self, code, after=0.5, ready=None, **options):
        """Presses stop a while after the cell has begun, or once it has sent a message of this kind.

        Gives what came of it, and the seconds.
        """
        code = 'println!("begun");\n' + code
        request = self.kernel.client.execute(code, **options)
        self.kernel.wait_for_output(request)
        if ready:
            self.kernel.wait_for_output(request, ready)
        time.sleep(after)
        start = time.monotonic()
        self.kernel.manager.interrupt_kernel()
        return self.kernel.wait(request), time.monotonic() - start
