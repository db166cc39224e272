"""Uploads code with Azure's SDK through startPendingUpload: a component with a folder of scripts, and a code asset.
Then shares a model of the workspace with a registry."""

import json
import os
import sys

from azure.ai.ml import MLClient
from azure.ai.ml.entities import CommandComponent, ManagedOnlineDeployment, ManagedOnlineEndpoint, Model, Workspace
from azure.identity import DefaultAzureCredential

settings = json.load(open(sys.argv[1]))
credential = DefaultAzureCredential()
client = MLClient(
    credential, settings["subscription"], settings["group"], settings["workspace"])
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

client.models.create_or_update(Model(
    name="judged", version="1", type="custom_model", path=settings["model"], tags={"job": "trained"}))


def share():
    return client.models.share(
        "judged", "1", registry_name=settings["registry"], share_with_name="judged", share_with_version="1")


shared = share()
try:
    share()
    again = "shared again"
except Exception as error:
    again = str(error)
registry = MLClient(credential, registry_name=settings["registry"])
found = registry.models.get("judged", "1")
# The default of the argument is sent as "ListViewType.ACTIVE_ONLY" by 1.35.2 on Python 3.11: a name of Python's, not of the API.
listed = [model.name for model in registry.models.list(list_view_type="ActiveOnly")]
active = [model.version for model in registry.models.list("judged")]
registry.models.archive("judged", "1")
part(
    "shared model",
    id=shared.id,
    again=again,
    tags=found.tags,
    type=found.type,
    path=found.path,
    listed=listed,
    active=active,
    archived=[model.version for model in registry.models.list("judged")],
)

# Files of models, and a deployment of the base model beside the tuned one


def downloaded(models, name, version):
    target = os.path.join(settings["folder"], "downloaded", name)
    models.download(name, version, download_path=target)
    return sorted(os.path.relpath(os.path.join(at, file), target) for at, _, files in os.walk(target) for file in files)


base = MLClient(credential, registry_name="azureml").models
base_model = base.get("Phi-3-mini-4k-instruct", label="latest")
part(
    "downloaded models",
    base=downloaded(base, base_model.name, base_model.version),
    workspace=downloaded(client.models, "judged", "1"),
    registry=downloaded(registry.models, "judged", "1"),
)
client.begin_create_or_update(ManagedOnlineEndpoint(name="base-model", auth_mode="key")).wait()
deployed = client.online_deployments.begin_create_or_update(ManagedOnlineDeployment(
    name="base",
    endpoint_name="base-model",
    model=base_model.id,
    instance_type="Standard_NC24ads_A100_v4",
    instance_count=1,
)).result()
request = os.path.join(settings["folder"], "request.json")
with open(request, "w") as file:
    message = {"role": "user", "content": "Hello"}
    json.dump({"input_data": {"input_string": [message], "parameters": {"max_new_tokens": 5}}}, file)
answer = client.online_endpoints.invoke("base-model", request_file=request, deployment_name="base")
part("deployed base model", model=deployed.model, base=base_model.id, answer=sorted(json.loads(answer)))

# A workspace with all that it needs: an ARM template
made = MLClient(credential, settings["subscription"], settings["group"])
workspace = made.workspaces.begin_create(Workspace(name="made-ws", location="westeurope", tags={"team": "red"})).result()
again = made.workspaces.begin_create(Workspace(name="made-ws", location="westeurope", description="again")).result()
stores = MLClient(credential, settings["subscription"], settings["group"], "made-ws").datastores.list()
part(
    "created workspace",
    name=workspace.name,
    team=workspace.tags["team"],
    needs=[bool(workspace.storage_account), bool(workspace.key_vault), bool(workspace.application_insights)],
    access=workspace.public_network_access,
    stores=sorted(one.name for one in stores),
    again=again.description,
)
