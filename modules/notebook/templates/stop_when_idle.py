"""Stop the notebook instance when idle. Run by a timer of systemd every five minutes."""

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

JUPYTER = os.environ.get("JUPYTER_ADDRESS", "https://localhost:8443")


def ask(path):
    # Jupyter's certificate is self-signed; the request stays on the instance, so it needs no proxy.
    context = ssl._create_unverified_context()  # noqa: S323
    no_proxy = urllib.request.ProxyHandler({})
    opener = urllib.request.build_opener(no_proxy, urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(JUPYTER + "/api/" + path, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404 and path == "terminals":  # terminals can be disabled
            return []
        raise


def last_activity(now):
    running = ask("kernels") + ask("terminals")
    if any(one.get("execution_state") == "busy" for one in running):
        return now
    moments = [one["last_activity"][:19] for one in running if one.get("last_activity")]
    times = [datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc) for text in moments]
    return min(now, max([moment.timestamp() for moment in times], default=0.0))


def aws(*arguments):
    try:
        done = subprocess.run(["aws", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    return done.returncode, " ".join(done.stdout.decode(errors="replace").split())


def report(text, region, group, stream):
    print(datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), text, flush=True)
    where = ("--region", region, "--log-group-name", group, "--log-stream-name", stream)
    events = json.dumps([{"timestamp": int(time.time() * 1000), "message": text}])
    aws("logs", "create-log-stream", *where)
    aws("logs", "put-log-events", *where, "--log-events", events)


def main(name, region, minutes, memory, group, log_file):
    # systemd 219 of Amazon Linux 2 cannot append a unit's output to a file.
    sys.stdout = sys.stderr = open(log_file, "a")  # noqa: SIM115 - closed at exit
    now = time.time()
    with open(memory) as stream:
        active = float(stream.read())
    silent = ""
    try:
        active = max(active, last_activity(now))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        silent = f" (Jupyter does not answer: {error})"
    with open(memory, "w") as stream:
        stream.write(str(active))
    idle = int((now - active) // 60)
    if silent:
        print(f"idle for {idle} minutes{silent}", flush=True)
    if idle < int(minutes):
        return
    stream = name + "/StopWhenIdle"
    report(f"stopping: idle for {idle} minutes{silent}", region, group, stream)
    status, answer = aws("sagemaker", "stop-notebook-instance", "--region", region, "--notebook-instance-name", name)
    if status:
        report("could not stop, the instance is still billed: " + answer, region, group, stream)


main(*sys.argv[1:])
