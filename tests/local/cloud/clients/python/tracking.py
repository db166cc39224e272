"""Uses the tracking of a workspace with the official mlflow client. Prints a line of JSON for each part."""

import json
import math
import os
import sys

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking.client import MlflowClient

settings = json.load(open(sys.argv[1]))
mlflow.set_tracking_uri(settings["tracking"])
client = MlflowClient()


def part(name, **answer):
    print("##cell " + json.dumps({"name": name, "answer": answer}), flush=True)


def refused(call):
    try:
        call()
        return None
    except MlflowException as problem:
        return problem.error_code


if settings["stage"] == "again":
    run = client.get_run(settings["run"])
    part(
        "after a restart",
        status=run.info.status,
        params=run.data.params,
        odd=[math.isnan(run.data.metrics["nan"]), run.data.metrics["inf"] == math.inf],
        history=len(client.get_metric_history(settings["run"], "long")),
        datasets=[one.dataset.name for one in run.inputs.dataset_inputs],
    )
    sys.exit(0)

# Experiments
ids = {name: client.create_experiment(name, tags={"team": team}) for name, team in [
    ("apples", "red"), ("bananas", "yellow"), ("cherries", "red")]}
client.set_experiment_tag(ids["apples"], "season", "autumn")
if hasattr(client._tracking_client, "delete_experiment_tag"):  # since mlflow 3
    client.set_experiment_tag(ids["apples"], "gone", "soon")
    client._tracking_client.delete_experiment_tag(ids["apples"], "gone")
client.rename_experiment(ids["cherries"], "cherries, sour")
names = lambda **search: [one.name for one in client.search_experiments(**search)]
first = client.search_experiments(max_results=2, order_by=["name ASC"], filter_string="tags.team IS NOT NULL")
second = client.search_experiments(
    max_results=2, order_by=["name ASC"], filter_string="tags.team IS NOT NULL", page_token=first.token)
client.delete_experiment(ids["bananas"])
part(
    "experiments",
    pages=[[one.name for one in first], [one.name for one in second], second.token],
    red=names(filter_string="tags.team = 'red'", order_by=["name DESC"]),
    both=names(filter_string="name ILIKE '%ERR%' AND tags.team = 'red'"),
    deleted=names(view_type=ViewType.DELETED_ONLY, filter_string="tags.team IS NOT NULL"),
    tags=client.get_experiment(ids["apples"]).tags,
    taken=refused(lambda: client.create_experiment("apples")),
    bad=refused(lambda: client.search_experiments(filter_string="colour = 'red'")),
    missing=client.get_experiment_by_name("nobody") is None,
)
client.restore_experiment(ids["bananas"])

# Runs, with filters and orders
runs = {}
for index, (name, loss) in enumerate([("a", 3.0), ("b", 1.0), ("c", 2.0), ("d", None)]):
    run = client.create_run(ids["apples"], run_name=name, start_time=1000 + index, tags={"half": str(index // 2)})
    runs[name] = run.info.run_id
    client.log_param(run.info.run_id, "index", index)
    if loss is not None:
        client.log_metric(run.info.run_id, "loss", loss)
        client.set_terminated(run.info.run_id, status="FINISHED" if loss < 3 else "FAILED", end_time=5000 + index)
found = lambda text="", order=None, **more: [
    one.info.run_name for one in client.search_runs([ids["apples"]], text, order_by=order, **more)]
page = client.search_runs([ids["apples"]], max_results=3, order_by=["metrics.loss ASC"])
rest = client.search_runs([ids["apples"]], max_results=3, order_by=["metrics.loss ASC"], page_token=page.token)
client.delete_run(runs["d"])
part(
    "runs",
    newest=found(),
    order=[one.info.run_name for one in page],
    rest=[[one.info.run_name for one in rest], rest.token],
    good=found("metrics.loss < 2.5 and attributes.status = 'FINISHED'", ["attributes.start_time ASC"]),
    half=found("tags.half = '0' and params.index != '0'"),
    some=found("attributes.run_name IN ('a', 'c')", ["params.index DESC"]),
    late=found("attributes.end_time >= 5001", ["attributes.end_time ASC"]),
    deleted=found(run_view_type=ViewType.DELETED_ONLY),
    bad=refused(lambda: found("metrics.loss")),
    token=refused(lambda: found(page_token="nonsense")),
    elsewhere=[one.info.run_name for one in client.search_runs([ids["bananas"]])],
)
client.restore_run(runs["d"])
client.delete_tag(runs["a"], "half")
part(
    "changed",
    back=found("attributes.run_name = 'd'"),
    tags="half" in client.get_run(runs["a"]).data.tags,
    param=refused(lambda: client.log_param(runs["a"], "index", 9)),
    nobody=refused(lambda: client.get_run("nobody")),
)

# Metrics: long histories, batches beyond one request, values that JSON cannot represent
run_id = client.create_run(ids["cherries"], run_name="metrics").info.run_id
client.log_batch(
    run_id,
    metrics=[Metric("long", step / 10, 1000 + step, step) for step in range(2500)],
    params=[Param(f"p{index}", str(index)) for index in range(150)],
    tags=[RunTag(f"t{index}", str(index)) for index in range(120)],
)
client.log_batch(run_id, metrics=[Metric("nan", math.nan, 1, 0), Metric("inf", math.inf, 1, 0), Metric("minus", -math.inf, 1, 0)])
history = client.get_metric_history(run_id, "long")
store = client._tracking_client.store
paged = store.get_metric_history(run_id, "long", max_results=1000)
last = store.get_metric_history(run_id, "long", max_results=1000, page_token="2000")
# What the charts of `mlflow ui` read. mlflow 2 has no such call.
sampled = getattr(store, "get_metric_history_bulk_interval", None)
chart = sampled and sampled(run_ids=[run_id], metric_key="long", max_results=320, start_step=None, end_step=None)
data = client.get_run(run_id).data
part(
    "metrics",
    length=len(history),
    ends=[history[0].value, history[-1].value, history[-1].step],
    pages=[len(paged), paged.token, len(last), last.token],
    chart=chart and [len(chart), chart[0].step, chart[-1].step],
    params=len(data.params),
    tags=len([name for name in data.tags if name.startswith("t")]),
    odd=[str(data.metrics[name]) for name in ("nan", "inf", "minus")],
    oddHistory=[str(one.value) for one in client.get_metric_history(run_id, "minus")],
    none=client.get_metric_history(run_id, "unknown"),
)

# Asynchronous logging, for which Azure ML's plugin has its own calls
client.log_batch(run_id, metrics=[Metric("later", 7, 1, 1)], params=[Param("late", "yes")], synchronous=False).wait()
client.log_batch(run_id, tags=[RunTag("only", "tag")], synchronous=False).wait()
data = client.get_run(run_id).data
part("asynchronous", metric=data.metrics["later"], param=data.params["late"], tag=data.tags["only"])

# Data sets
client.log_inputs(run_id, datasets=[DatasetInput(
    Dataset(name="ultrachat", digest="d1", source_type="http", source="{}"), [InputTag("mlflow.data.context", "training")])])
inputs = client.get_run(run_id).inputs.dataset_inputs
part("inputs", names=[one.dataset.name for one in inputs], tags=[[tag.key, tag.value] for tag in inputs[0].tags])

# Artifacts
folder = os.path.join(settings["folder"], "things")
os.makedirs(os.path.join(folder, "deep", "er"))
for name, text in [("one.txt", "1"), ("deep/two.txt", "22"), ("deep/er/three.txt", "333"), ("ümlaut & space.txt", "ü")]:
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)
client.log_artifacts(run_id, folder, "model")
client.log_artifact(run_id, os.path.join(folder, "one.txt"))
paths = lambda path=None: sorted([one.path, one.is_dir] for one in client.list_artifacts(run_id, path))
downloaded = client.download_artifacts(run_id, "model")
part(
    "artifacts",
    top=paths(),
    model=paths("model"),
    deep=paths("model/deep"),
    file=paths("one.txt"),
    tree=sorted(os.path.relpath(os.path.join(at, name), downloaded) for at, _, names in os.walk(downloaded) for name in names),
    text=open(client.download_artifacts(run_id, "model/deep/er/three.txt")).read(),
)

# The model registry: a run's artifact, and a folder of this machine
source = os.path.join(settings["folder"], "made")
os.makedirs(source)
with open(os.path.join(source, "MLmodel"), "w") as file:
    file.write("flavors:\n  python_function:\n    loader_module: none\n    python_version: '3.11'\nmodel_uuid: m1\n")
with open(os.path.join(source, "weights.txt"), "w") as file:
    file.write("1 2 3")
client.log_artifacts(run_id, source, "tuned")
client.log_artifact(run_id, os.path.join(source, "weights.txt"), "empty")
client._record_logged_model(run_id, mlflow.models.Model(artifact_path="tuned", run_id=run_id))
# mlflow 3 looks for the MLmodel of a runs:/ address at the top of the run, because the plugin lists it there: it does not find it.
made = f"runs:/{run_id}/tuned" if mlflow.__version__.startswith("2.") else f"{client.get_run(run_id).info.artifact_uri}/tuned"
registered = mlflow.register_model(made, "chat", tags={"kind": "tuned"})
local = client.create_model_version("chat", f"file://{source}", description="from disk")
client.create_registered_model("other", tags={"kind": "none"}, description="empty")
client.update_model_version("chat", "1", "from a run")
client.set_model_version_tag("chat", "1", "gone", "soon")
client.delete_model_version_tag("chat", "1", "gone")
client.set_registered_model_tag("chat", "team", "red")
client.transition_model_version_stage("chat", "1", "Production")
client.transition_model_version_stage("chat", local.version, "production", archive_existing_versions=True)
first = client.get_model_version("chat", "1")
fetched = mlflow.artifacts.download_artifacts("models:/chat/1")
stages = {one.version: one.current_stage for one in client.search_model_versions("name = 'chat'")}
latest = {one.current_stage: one.version for one in client.get_latest_versions("chat")}
staged = open(os.path.join(mlflow.artifacts.download_artifacts("models:/chat/Production"), "weights.txt")).read()
client.delete_model_version("chat", local.version)
part(
    "models",
    registered=[registered.name, registered.version, registered.run_id == run_id, first.description, first.tags, first.status],
    stages=stages,
    latest=latest,
    files=sorted(os.listdir(fetched)),
    staged=staged,
    logged="mlflow.log-model.history" in client.get_run(run_id).data.tags,
    found=[[one.name, dict(one.tags), [each.version for each in one.latest_versions]] for one in client.search_registered_models()],
    filtered=[one.name for one in client.search_registered_models("name LIKE 'ch%'")],
    left=[one.version for one in client.search_model_versions("name = 'chat'")],
    again=refused(lambda: client.create_registered_model("chat")),
    none=refused(lambda: client.get_model_version("chat", "9")),
    empty=refused(lambda: client.create_model_version("chat", f"{client.get_run(run_id).info.artifact_uri}/empty", run_id)),
)
client.set_terminated(run_id)
part("ended", run=run_id)
