# SPDX-License-Identifier: GPL-2.0-only
"""The console of an emulator, by QMP."""
import json
import socket


class Monitor:
    """The emulator's own console, for what only the machine can do: an error on its bus.

    A case asks by a result line "monitor COMMAND"; what the emulator says goes to the report.
    """

    def __init__(self, path):
        self.path = str(path)
        self.args = ["-qmp", f"unix:{path},server=on,wait=off"]
        self.stream = None

    def _ask(self, execute, **arguments):
        """One command, and its answer; what else is said is left out."""
        command = {"execute": execute, "arguments": arguments}
        self.stream.write((json.dumps(command) + "\n").encode())
        self.stream.flush()
        for line in self.stream:
            answer = json.loads(line)
            if "return" in answer or "error" in answer:
                return answer.get("return", answer.get("error"))
        return "the emulator is gone"

    def ask(self, command):
        """What the monitor says to a command, in one line."""
        if self.stream is None:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(60)
            connection.connect(self.path)
            self.stream = connection.makefile("rwb")
            self._ask("qmp_capabilities")
        return " ".join(str(self._ask("human-monitor-command",
                                      **{"command-line": command})).split())
