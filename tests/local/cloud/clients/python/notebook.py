"""Runs the fine-tuning notebook's steps with Azure's own SDK, from MLClient to begin_delete, in the environment's cloud.

Usage: notebook.py SETTINGS.json, whose keys are subscription, group, workspace, data (folder of the .jsonl files),
compute, size, endpoint. Every cell ends with a line "##cell " + JSON of its result. The SDK prints in between.
Only addresses, names and sizes of the training differ from the notebook.
"""

import ast
import json
import os
import sys
import time
from types import SimpleNamespace

settings = json.load(open(sys.argv[1]))
began = time.time()


def cell(title, /, **answer):
    """Reports a finished cell."""
    global began
    seconds = round(time.time() - began, 2)
    print("##cell " + json.dumps({"name": title, "seconds": seconds, "answer": answer}, default=str), flush=True)
    began = time.time()


# 1. Clients of the workspace and of the registry
from azure.ai.ml import Input, MLClient, Output
from azure.ai.ml.constants import AssetTypes
from azure.ai.ml.dsl import pipeline
from azure.ai.ml.entities import (
    AmlCompute,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    OnlineRequestSettings,
    ProbeSettings,
)
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential

credential = DefaultAzureCredential()
credential.get_token("https://management.azure.com/.default")
workspace_ml_client = MLClient(
    credential, settings["subscription"], settings["group"], settings["workspace"]
)
registry_ml_client = MLClient(credential, registry_name="azureml")
workspace = workspace_ml_client.workspaces.get(settings["workspace"])
cell(
    "clients",
    workspace=workspace.id,
    location=workspace.location,
    tracking=workspace.mlflow_tracking_uri,
    discovery=workspace.discovery_url,
    storage=workspace.storage_account,
)

# 2. The foundation model and the requirements in its tags
foundation_model = registry_ml_client.models.get("Phi-3-mini-4k-instruct", label="latest")
cell(
    "foundation model",
    id=foundation_model.id,
    version=foundation_model.version,
    tags=foundation_model.tags,
    properties=foundation_model.properties,
)
defaults = ast.literal_eval(foundation_model.tags["model_specific_defaults"])

# 3. The cluster, created if it does not exist
try:
    workspace_ml_client.compute.get(settings["compute"])
    existed = True
except ResourceNotFoundError:
    existed = False
    workspace_ml_client.compute.begin_create_or_update(
        AmlCompute(
            name=settings["compute"], size=settings["size"], tier="Dedicated", max_instances=1
        )
    ).wait()
compute = workspace_ml_client.compute.get(settings["compute"])
sizes = [
    size
    for size in workspace_ml_client.compute.list_sizes()
    if size.name.lower() == compute.size.lower()
]
cell(
    "cluster",
    existed=existed,
    id=compute.id,
    state=compute.provisioning_state,
    size=compute.size,
    gpus=sizes[0].gpus,
    minimum=compute.min_instances,
    maximum=compute.max_instances,
    idle=compute.idle_time_before_scale_down,
)

# 4. The pipeline component and its parameters
component = registry_ml_client.components.get(name="chat_completion_pipeline", label="latest")
cell(
    "component",
    id=component.id,
    version=component.version,
    inputs=sorted(component.inputs),
    outputs=sorted(component.outputs),
)
parameters = {
    **{name: value for name, value in defaults.items() if name in component.inputs},
    **settings["parameters"],
}


@pipeline()
def create_pipeline():
    chat_completion_pipeline = component(
        mlflow_model_path=foundation_model.id,
        compute_model_import=settings["compute"],
        compute_preprocess=settings["compute"],
        compute_finetune=settings["compute"],
        compute_model_evaluation=settings["compute"],
        train_file_path=Input(
            type="uri_file", path=os.path.join(settings["data"], "train_sft.jsonl")
        ),
        test_file_path=Input(
            type="uri_file", path=os.path.join(settings["data"], "test_sft.jsonl")
        ),
        number_of_gpu_to_use_finetuning=sizes[0].gpus,
        **parameters,
    )
    return {"trained_model": chat_completion_pipeline.outputs.mlflow_model_folder}


# 5. The job: submit it, follow it to completion, read its outputs and steps
pipeline_object = create_pipeline()
pipeline_object.settings.force_rerun = True
pipeline_object.settings.continue_on_step_failure = False
# The output's own place and name, beyond the notebook
pipeline_object.outputs.trained_model = Output(
    type=AssetTypes.MLFLOW_MODEL,
    path="azureml://datastores/workspaceblobstore/paths/tuned/${{name}}/",
    name="notebook-output",
    version="3",
)
pipeline_object.display_name = "Phi-3-mini-4k-instruct-ultrachat"
submitted = workspace_ml_client.jobs.create_or_update(
    pipeline_object, experiment_name="chat_completion_Phi-3-mini-4k-instruct"
)
cell("submitted", name=submitted.name, status=submitted.status, studio=submitted.studio_url)
workspace_ml_client.jobs.stream(submitted.name)
job = workspace_ml_client.jobs.get(submitted.name)
# The job's only node is a pipeline component, so the steps are the children of the job's only child.
children = list(workspace_ml_client.jobs.list(parent_job_name=job.name))
grandchildren = list(workspace_ml_client.jobs.list(parent_job_name=children[0].name))
cell(
    "finished",
    name=job.name,
    status=job.status,
    experiment=job.experiment_name,
    display=job.display_name,
    outputs={name: str(output.type) for name, output in job.outputs.items()},
    children=[[child.display_name, child.status] for child in children],
    steps=[[child.display_name, child.status] for child in grandchildren],
    listed=job.name in [one.name for one in workspace_ml_client.jobs.list()],
)


def download(folder, repaired=False, **what):
    """Downloads parts of the job. Returns the paths of the files, or the error of the client."""
    target = os.path.join(settings["download"], folder)
    dataplane = workspace_ml_client.jobs._model_dataplane_operations
    original = dataplane.get_batch_model_uris
    if repaired:
        dataplane.get_batch_model_uris = lambda ids: model_uris(dataplane, ids)
    try:
        workspace_ml_client.jobs.download(job.name, download_path=target, **what)
    except TypeError as error:
        return str(error)
    finally:
        dataplane.get_batch_model_uris = original
    return sorted(os.path.relpath(os.path.join(at, name), target) for at, _, names in os.walk(target) for name in names)


def model_uris(dataplane, ids):
    """What azure-ai-ml 1.33.0 to 1.35.2 would send if it did not misspell its own parameter."""
    scope = dataplane._operation_scope
    answer = dataplane._operation.batch_get_resolved_uris(
        scope.subscription_id, scope.resource_group_name, settings["workspace"], body={"values": ids})
    found = answer.as_dict()["values"]
    return SimpleNamespace(values={id: SimpleNamespace(path=one["path"]) for id, one in found.items()})


tuned = workspace_ml_client.models.get("notebook-output", "3")
cell(
    "output downloaded",
    logs=download("logs"),
    plain=download("plain", output_name="trained_model"),
    output=download("output", repaired=True, output_name="trained_model"),
    all=download("all", repaired=True, all=True),
    model=tuned.path,
    modelJob=tuned.job_name,
    step=[child.name for child in grandchildren if child.display_name == "ft_nlp_model_converter"],
)

# 5e. Metrics, read by mlflow through the plugin of Azure ML
import mlflow
from mlflow.tracking.client import MlflowClient

mlflow.set_tracking_uri(workspace.mlflow_tracking_uri)
client = MlflowClient()
run = mlflow.get_run(job.name)
history = client.get_metric_history(job.name, "loss")
steps = client.search_runs(
    experiment_ids=[run.info.experiment_id],
    filter_string=f"tags.mlflow.rootRunId='{job.name}'",
)
cell(
    "metrics",
    run=run.info.run_id,
    status=run.info.status,
    experiment=client.get_experiment(run.info.experiment_id).name,
    metrics=run.data.metrics,
    history=[[metric.step, metric.value] for metric in history],
    steps=sorted({step.info.run_name for step in steps}),
    artifacts=[one.path for one in client.list_artifacts(job.name)],
)
mlflow.set_experiment("by-hand")
with mlflow.start_run(run_name="by hand") as mine:
    mlflow.log_params({"rate": 0.1, "kind": "test"})
    for step in range(3):
        mlflow.log_metrics({"loss": 3 - step, "accuracy": step / 3}, step=step)
    mlflow.set_tag("who", "notebook")
    mlflow.log_text("hello artifact", "notes/hello.txt")
    mlflow.log_dict({"a": 1}, "a.json")
again = client.get_run(mine.info.run_id)
cell(
    "logged by hand",
    run=again.info.run_id,
    status=again.info.status,
    params=again.data.params,
    metrics=again.data.metrics,
    tag=again.data.tags.get("who"),
    history=[[metric.step, metric.value] for metric in client.get_metric_history(mine.info.run_id, "loss")],
    artifacts=sorted(one.path for one in client.list_artifacts(mine.info.run_id)),
    nested=[one.path for one in client.list_artifacts(mine.info.run_id, "notes")],
    text=open(client.download_artifacts(mine.info.run_id, "notes/hello.txt")).read(),
    log=os.path.basename(client.download_artifacts(job.name, "logs/azureml/executionlogs.txt")),
)

# 6. The model, registered from the job's output
version = str(int(time.time()))
registered = workspace_ml_client.models.create_or_update(
    Model(
        path=f"azureml://jobs/{job.name}/outputs/trained_model",
        type=AssetTypes.MLFLOW_MODEL,
        name="Phi-3-mini-4k-instruct-ultrachat-200k",
        version=version,
        description="Phi-3-mini-4k-instruct fine tuned model for ultrachat 200k chat-completion",
    )
)
cell(
    "registered model",
    id=registered.id,
    version=registered.version,
    type=registered.type,
    path=registered.path,
    job=registered.job_name,
    flavors=sorted(registered.flavors),
    versions=[one.version for one in workspace_ml_client.models.list(name=registered.name)],
    names=[one.name for one in workspace_ml_client.models.list()],
)

# 7. Endpoint, deployment, traffic
workspace_ml_client.begin_create_or_update(
    ManagedOnlineEndpoint(
        name=settings["endpoint"], description="Online endpoint", auth_mode="key"
    )
).wait()
endpoint = workspace_ml_client.online_endpoints.get(settings["endpoint"])
cell(
    "endpoint",
    id=endpoint.id,
    state=endpoint.provisioning_state,
    auth=endpoint.auth_mode,
    scoring=endpoint.scoring_uri,
    traffic=endpoint.traffic,
)
deployment = workspace_ml_client.online_deployments.begin_create_or_update(
    ManagedOnlineDeployment(
        name="demo",
        endpoint_name=settings["endpoint"],
        model=registered.id,
        instance_type="Standard_NC24ads_A100_v4",
        instance_count=1,
        liveness_probe=ProbeSettings(initial_delay=600),
        request_settings=OnlineRequestSettings(request_timeout_ms=90000),
    )
).result()
cell(
    "deployment",
    id=deployment.id,
    state=deployment.provisioning_state,
    model=deployment.model,
    instance=deployment.instance_type,
    count=deployment.instance_count,
    timeout=deployment.request_settings.request_timeout_ms,
    liveness=deployment.liveness_probe.initial_delay,
)
endpoint.traffic = {"demo": 100}
endpoint = workspace_ml_client.begin_create_or_update(endpoint).result()
cell("traffic", traffic=endpoint.traffic, state=endpoint.provisioning_state)

# 8. A row of the test data, scored
with open(os.path.join(settings["data"], "test_gen.jsonl")) as rows:
    row = json.loads(rows.readline())
request_file = os.path.join(settings["data"], "sample_score.json")
with open(request_file, "w") as sample:
    json.dump(
        {
            "input_data": {
                "input_string": [row["messages"]],
                "parameters": {
                    "temperature": 0.6,
                    "top_p": 0.9,
                    "do_sample": True,
                    "max_new_tokens": 20,
                },
            },
            "params": {},
        },
        sample,
    )
response = workspace_ml_client.online_endpoints.invoke(
    endpoint_name=settings["endpoint"], deployment_name="demo", request_file=request_file
)
cell("scored", response=json.loads(response), request=json.load(open(request_file)))
logs = workspace_ml_client.online_deployments.get_logs(
    name="demo", endpoint_name=settings["endpoint"], lines=20
)
keys = workspace_ml_client.online_endpoints.get_keys(settings["endpoint"])
workspace_ml_client.online_endpoints.begin_regenerate_keys(
    settings["endpoint"], key_type="primary"
).wait()
renewed = workspace_ml_client.online_endpoints.get_keys(settings["endpoint"])
cell(
    "operated",
    lines=len(logs.splitlines()),
    renewed=keys.primary_key != renewed.primary_key,
    kept=keys.secondary_key == renewed.secondary_key,
    deployments=[one.name for one in workspace_ml_client.online_deployments.list(settings["endpoint"])],
    endpoints=[one.name for one in workspace_ml_client.online_endpoints.list()],
)
workspace_ml_client.jobs.archive(job.name)
archived = [one.name for one in workspace_ml_client.jobs.list()]
workspace_ml_client.jobs.restore(job.name)
cell("archived", hidden=job.name not in archived, back=job.name in [one.name for one in workspace_ml_client.jobs.list()])

# 9. Deletion of everything that is billed
workspace_ml_client.online_endpoints.begin_delete(name=settings["endpoint"]).wait()
cell("deleted", endpoints=[one.name for one in workspace_ml_client.online_endpoints.list()])
