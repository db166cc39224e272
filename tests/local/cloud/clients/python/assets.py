"""Uploads code with Azure's SDK through startPendingUpload: a component with a folder of scripts, and a code asset."""

import json
import os
import sys

from azure.ai.ml import MLClient
from azure.ai.ml.entities import CommandComponent
from azure.identity import DefaultAzureCredential

settings = json.load(open(sys.argv[1]))
client = MLClient(
    DefaultAzureCredential(), settings["subscription"], settings["group"], settings["workspace"])
folder = os.path.join(settings["folder"], "source")
os.makedirs(os.path.join(folder, "lib"))
with open(os.path.join(folder, "train.py"), "w") as file:
    file.write("print('hello')\n")
with open(os.path.join(folder, "lib", "tool.py"), "w") as file:
    file.write("# a tool\n")


def part(title, /, **answer):
    print("##cell " + json.dumps({"name": title, "answer": answer}, default=str), flush=True)


def component(version):
    return client.components.create_or_update(CommandComponent(
        name="trainer",
        version=version,
        code=folder,
        command="python train.py",
        environment="azureml://registries/azureml/environments/sklearn-1.5/versions/1",
    ))


first = component("1")
part("component", code=first.code, name=first.name, version=first.version)
part("same code again", code=component("2").code)
with open(os.path.join(folder, "train.py"), "a") as file:
    file.write("print('changed')\n")
part("changed code", code=component("3").code)
part("read back", versions=sorted(one.version for one in client.components.list(name="trainer")), code=client.components.get("trainer", "1").code)
