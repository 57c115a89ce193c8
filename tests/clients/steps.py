"""What a client program took for each of its steps, for the test that runs it."""

import json
import time


class Steps:
    """Measures steps, and records each sleep during them: an SDK sleeps between looks at a job."""

    def __init__(self):
        self.seconds = {}
        self.sleeps = []  # [seconds asked for, the step's name]
        self._asked = []
        self._start = time.time()
        self._sleep, time.sleep = time.sleep, self._record

    def _record(self, seconds):
        self._asked.append(seconds)
        self._sleep(seconds)

    def done(self, name):
        """End the step that began where the last one ended."""
        self.seconds[name], self._start = time.time() - self._start, time.time()
        self.sleeps += [[seconds, name] for seconds in self._asked]
        self._asked = []

    def write(self, path, **results):
        """Write the results of the program and its steps as JSON."""
        with open(path, "w") as file:
            json.dump(dict(results, seconds=self.seconds, sleeps=self.sleeps), file)
