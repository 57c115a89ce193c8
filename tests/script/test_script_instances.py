"""Script jobs on several instances."""

from support import instances

EXCHANGE = """
import json, os, socket, threading, time
host, hosts = os.environ["SM_CURRENT_HOST"], json.loads(os.environ["SM_HOSTS"])
server = socket.create_server((socket.gethostbyname(host), 7777))

def serve():
    for _ in hosts:  # each asks once
        connection, _ = server.accept()
        connection.sendall(host.encode())
        connection.close()

def ask(other):
    while True:
        try:
            with socket.create_connection((other, 7777), timeout=60) as connection:
                return connection.recv(100).decode()
        except ConnectionRefusedError:
            time.sleep(0.01)

threading.Thread(target=serve).start()  # this process ends when all have asked
print("answers of", [ask(other) for other in hosts])
for name in (host, "both"):
    with open(os.path.join(os.environ["SM_MODEL_DIR"], name), "w") as file:
        file.write(host)
"""
FAIL_ON_ONE = """
import os, sys, time
if os.environ["SM_CURRENT_HOST"] == "algo-2":
    raise ValueError("one is enough")
time.sleep(60)
"""


def on_two_instances(script_jobs, files: dict) -> dict:
    request = script_jobs.driver_request(files)
    return request | {"ResourceConfig": request["ResourceConfig"] | {"InstanceCount": 2}}


def test_the_hosts_of_two_jobs_open_the_same_port(script_jobs):
    """Each host resolves the names of its job's hosts; each can open the same port."""
    requests = [on_two_instances(script_jobs, {"train.py": EXCHANGE}) for _ in range(2)]
    for ended in script_jobs.run_all(requests):
        assert ended.status == "Completed", ended.log
        assert ended.log.count("answers of ['algo-1', 'algo-2']") == 2
        files = instances.artifacts(script_jobs.s3, script_jobs.bucket, ended.job)
        assert files == {"algo-1": b"algo-1", "algo-2": b"algo-2", "both": b"algo-1"}
        assert any(
            "because algo-1 or another host wrote the same names: both" in line
            for line in ended.log
        )


def test_without_mounts_the_names_are_resolved_too(rewriting_jobs):
    """Where nothing can be mounted, Python resolves the names of the hosts."""
    ended = rewriting_jobs.run(on_two_instances(rewriting_jobs, {"train.py": EXCHANGE}))
    assert ended.log.count("answers of ['algo-1', 'algo-2']") == 2


def test_one_failing_host_fails_the_job(script_jobs):
    """If the script fails on one host, the other is ended, and its log says so."""
    ended = script_jobs.run(on_two_instances(script_jobs, {"train.py": FAIL_ON_ONE}))
    assert ended.status == "Failed"
    assert "Local SageMaker: this host was ended because algo-2 has failed." in ended.log
