"""What every Python of a script job runs at its start: no request of a script reaches AWS.

Its folder is on the PYTHONPATH of the job, so it runs in the image's Python, where the course's
packages are not. It changes modules when the script imports them, and imports nothing large itself:
a job starts several interpreters.

* Names of the job's hosts (``algo-1``) lead to their addresses on this machine.
* Connections to AWS are refused; with network isolation, all that leave this machine and those to
  the Local SageMaker.
* botocore's requests for AWS are sent to the Local SageMaker where it signs them.
"""

import os
import sys
from importlib.machinery import PathFinder

REASON = (
    "is AWS, and this job runs on the Local SageMaker, so nothing leaves this machine. Leave out "
    "the endpoint: then the client reaches the Local SageMaker."
)
ISOLATED = "can't be reached: the job has EnableNetworkIsolation."


class Settings:
    """What the variables of the job say; read again in a fork that is for another job."""

    hosts = None  # name to address
    endpoint = None  # of the Local SageMaker; with network isolation there is none
    keys = None


def read_settings():
    pairs = os.environ.get("SAGEMAKER_LOCAL_HOSTS", "").split(",")
    Settings.hosts = dict(pair.split("=") for pair in pairs if pair)
    Settings.endpoint = os.environ.get("AWS_ENDPOINT_URL")
    Settings.keys = (
        os.environ.get("AWS_ACCESS_KEY_ID"),
        os.environ.get("AWS_SECRET_ACCESS_KEY"),
    )


def network_guard():
    """Return the course's module of this name, a copy of which is in this folder too."""
    import sagemaker_local_network_guard

    return sagemaker_local_network_guard


def check_host(host):
    """Raise an error if the job must not reach a host."""
    if not isinstance(host, str):
        return
    if network_guard().is_aws(host):
        raise network_guard().AwsAccessBlockedError(f"{host} {REASON}")
    if Settings.endpoint is None and not network_guard().is_loopback(f"//{host.partition('%')[0]}"):
        raise OSError(101, f"{host} {ISOLATED}")


def change_socket(socket):
    def resolving(original):
        def resolve(host, *args, **kwargs):
            name = host.decode() if isinstance(host, bytes) else host
            address = Settings.hosts.get(name, host)
            if address:
                check_host(address)
            return original(address, *args, **kwargs)

        return resolve

    def connecting(original):
        def connect(self, address):
            if isinstance(address, tuple):
                check_host(Settings.hosts.get(address[0], address[0]))
            return original(self, address)

        return connect

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, resolving(getattr(socket, name)))
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, connecting(getattr(socket.socket, name)))


def change_signers(signers):
    original = signers.RequestSigner.sign

    def sign(self, *args, **kwargs):
        from botocore.credentials import Credentials

        if Settings.endpoint is None:
            return original(self, *args, **kwargs)
        keys = Credentials(*Settings.keys)
        return network_guard().wrap_sign(Settings.endpoint, keys, original)(self, *args, **kwargs)

    signers.RequestSigner.sign = sign


CHANGES = {"socket": change_socket, "botocore.signers": change_signers}


class ChangingFinder:
    """Finds the modules that are changed, and changes each after its import."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        change = CHANGES.get(name)
        if change is None:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            execute = spec.loader.exec_module

            def execute_and_change(module):
                execute(module)
                change(module)

            spec.loader.exec_module = execute_and_change
        return spec


read_settings()
sys.meta_path.insert(0, ChangingFinder)
for imported in CHANGES.keys() & sys.modules.keys():
    CHANGES[imported](sys.modules[imported])
