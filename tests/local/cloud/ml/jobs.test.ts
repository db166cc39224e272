import { TrainerError } from "../../../../local/trainer/contract";
import {
  ACCOUNT,
  chat,
  CONTAINER,
  DATA,
  type MlCloud,
  pipelineJob,
  startMlCloud,
  stepsOf,
  WORKSPACE,
} from "./mlCloud";

const HISTORY = `/history/v1.0${WORKSPACE}/runs`;
const MLFLOW = `/mlflow/v2.0${WORKSPACE}/api/2.0/mlflow`;

/** The questions that the last training used. */
function lastData({ trainer }: MlCloud): { train: number; validation: string[] } {
  const { train = "", validation = "" } = trainer.data.at(-1) ?? {};
  const questions = (text: string): string[] =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { prompt: string }).prompt);
  return { train: questions(train).length, validation: questions(validation) };
}

describe("pipeline jobs of the local cloud", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
  });
  afterAll(() => cloud.dispose());

  it("runs the notebook's job through its steps to a model in the blob store", async () => {
    const put = await cloud.call("PUT", `${WORKSPACE}/jobs/first`, pipelineJob());
    expect(put.status).toBe(201);
    expect(put.body.properties.status).toBe("NotStarted");
    expect(put.body.properties.services.Tracking.endpoint).toMatch(
      /^azureml:\/\/127\.0\.0\.1:\d+\/mlflow\/v1\.0\/subscriptions\//,
    );
    const job = await cloud.ended("first");
    expect(job.body.properties.status).toBe("Completed");
    expect(job.body.properties.outputs.trained_model).toMatchObject({ jobOutputType: "mlflow_model" });
  });

  it("shows every step as a completed child run, with a log that anybody with its URL can read", async () => {
    const children = await stepsOf(cloud, "first");
    expect(
      children.body.value.map((child: { name: string; status: string }) => [child.name, child.status]),
    ).toEqual([
      ["ft_nlp_common_validation", "Completed"],
      ["chat_completion_model_import", "Completed"],
      ["chat_completion_datapreprocess", "Completed"],
      ["chat_completion_finetune", "Completed"],
      ["ft_nlp_model_converter", "Completed"],
    ]);
    const finetune = children.body.value[3];
    const details = await cloud.call("GET", `${HISTORY}/${finetune.runId}/details`);
    const url: string = details.body.logFiles["user_logs/std_log.txt"];
    const log = await cloud.call("GET", url, undefined, { authorization: "" });
    expect(log.status).toBe(200);
    expect(log.body).toContain("training begins");
    expect((await cloud.call("GET", url.replace(/sig=./, "sig=x"))).status).toBe(403);
    expect((await cloud.call("GET", `${WORKSPACE}/jobs/${finetune.runId}`)).body.properties).toBeNull();
    const root = await cloud.call("GET", `${HISTORY}/first/details`);
    expect(root.body).toMatchObject({ runId: "first", status: "Completed", error: null });
    expect(root.body.inputs.train_file_path).toEqual({ assetId: `${DATA}/train.jsonl`, type: "UriFile" });
    expect(root.body.outputs.trained_model.type).toBe("MLFlowModel");
    expect(Object.keys(root.body.logFiles)).toEqual(["logs/azureml/executionlogs.txt"]);
  });

  it("nests the steps below the run of the pipeline component, for run history and for MLflow", async () => {
    const [step] = (await stepsOf(cloud, "first")).body.value;
    expect(step).toMatchObject({ runType: "azureml.StepRun", rootRunId: "first" });
    expect((await cloud.call("GET", `${HISTORY}/first/children`)).body.value).toMatchObject([
      { runType: "azureml.PipelineRun", runId: step.parentRunId, parentRunId: "first", rootRunId: "first" },
    ]);
    const node = await cloud.call("GET", `${HISTORY}/${step.parentRunId}/details`);
    expect(node.body).toMatchObject({ status: "Completed", error: null });
    expect(Object.keys(node.body.logFiles)).toEqual(["logs/azureml/executionlogs.txt"]);
    const tagsOf = async (run: string): Promise<Record<string, string>> => {
      const { body } = await cloud.call("GET", `${MLFLOW}/runs/get?run_id=${run}`);
      const tags = body.run.data.tags as Array<{ key: string; value: string }>;
      return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
    };
    expect(await tagsOf(step.runId)).toMatchObject({
      "mlflow.parentRunId": step.parentRunId,
      "mlflow.rootRunId": "first",
    });
    expect(await tagsOf(step.parentRunId)).toMatchObject({
      "mlflow.parentRunId": "first",
      "mlflow.rootRunId": "first",
      "mlflow.runName": "chat_completion_pipeline",
    });
    const metrics = await cloud.call("GET", `${MLFLOW}/runs/get?run_id=${step.parentRunId}`);
    expect(metrics.body.run.data.metrics ?? []).toEqual([]);
  });

  it("logs every metric on the fine-tune run and on the root run", async () => {
    const root = await cloud.call("GET", `${MLFLOW}/runs/get?run_id=first`);
    const metrics = Object.fromEntries(
      root.body.run.data.metrics.map((metric: { key: string; value: number }) => [metric.key, metric.value]),
    );
    expect(metrics).toMatchObject({ loss: 1, learning_rate: 0.0005, train_loss: 1.5, eval_loss: 0.2 });
    expect(root.body.run.info).toMatchObject({ status: "FINISHED", run_name: "a display name" });
    const search = await cloud.call("POST", `${MLFLOW}/runs/search`, {
      experiment_ids: [root.body.run.info.experiment_id],
      filter: "tags.mlflow.rootRunId='first' and tags.mlflow.runName = 'chat_completion_finetune'",
    });
    const [child] = search.body.runs;
    const history = await cloud.call(
      "GET",
      `${MLFLOW}/metrics/get-history?run_id=${child.info.run_id}&metric_key=loss`,
    );
    expect(history.body.metrics).toMatchObject([
      { key: "loss", value: 2, step: 1 },
      { key: "loss", value: 1, step: 2 },
    ]);
    expect(child.data.params).toContainEqual({ key: "learning_rate", value: "5e-06" });
  });

  it("maps the pipeline's inputs to the trainer's parameters", () => {
    expect(cloud.trainer.requests.at(0)?.parameters).toMatchObject({
      learningRate: 5e-6,
      applyLora: true,
      numTrainEpochs: 1,
      perDeviceTrainBatchSize: 1,
      lrSchedulerType: "linear",
    });
  });

  it("answers a repeated PUT with the job, and another job under its name with 409", async () => {
    const again = await cloud.call("PUT", `${WORKSPACE}/jobs/first`, pipelineJob());
    expect(again.status).toBe(200);
    expect(again.body.properties.status).toBe("Completed");
    const echoed = await cloud.call("PUT", `${WORKSPACE}/jobs/first`, {
      properties: { ...again.body.properties, isArchived: true },
    });
    expect(echoed.status).toBe(200);
    expect((await cloud.call("GET", `${WORKSPACE}/jobs`)).body.value).toEqual([]);
    expect((await cloud.call("GET", `${WORKSPACE}/jobs?listViewType=All`)).body.value).toHaveLength(1);
    const other = await cloud.call("PUT", `${WORKSPACE}/jobs/first`, pipelineJob({ learning_rate: "1e-3" }));
    expect(other.status).toBe(409);
    expect(other.body.error.message).toContain("another name");
  });

  it("refuses a job that cannot run, and names each problem", async () => {
    const refused = await cloud.call(
      "PUT",
      `${WORKSPACE}/jobs/bad`,
      pipelineJob(
        { learning_rate_min: "1", lr_scheduler_type: "wavy", compute_finetune: "nowhere" },
        { train_file_path: { job_input_type: "uri_file", uri: `${DATA}/missing.jsonl` } },
      ),
    );
    expect(refused.status).toBe(400);
    const { message } = refused.body.error;
    expect(message).toContain('"learning_rate_min" is not an input');
    expect(message).toContain('"lr_scheduler_type" is "wavy", allowed: linear, cosine');
    expect(message).toContain('Compute "nowhere"');
    expect(message).toContain("missing.jsonl");
    expect((await cloud.call("GET", `${WORKSPACE}/jobs/bad`)).status).toBe(404);
    const model = {
      mlflow_model_path: {
        job_input_type: "mlflow_model",
        uri: "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/99",
      },
    };
    const unknown = await cloud.call("PUT", `${WORKSPACE}/jobs/bad`, pipelineJob({}, model));
    expect(unknown.body.error.message).toContain("Phi-3-mini-4k-instruct:99 was not found");
  });

  it("fails in the preprocess step at the first bad row, and names file, line and reason", async () => {
    const rows = [chat("a", "b"), chat("c", "d").replace('"assistant"', '"bot"')].join("\n");
    await cloud.cloud.blobs.putText({ account: ACCOUNT, container: CONTAINER, path: "data/bad.jsonl" }, rows);
    const bad = { train_file_path: { job_input_type: "uri_file", uri: `${DATA}/bad.jsonl` } };
    expect((await cloud.call("PUT", `${WORKSPACE}/jobs/badrows`, pipelineJob({}, bad))).status).toBe(201);
    expect((await cloud.ended("badrows")).body.properties.status).toBe("Failed");
    const details = await cloud.call("GET", `${HISTORY}/badrows/details`);
    expect(details.body.error.error.code).toBe("UserError");
    expect(details.body.error.error.message).toContain(
      "Failed nodes: /chat_completion_pipeline/chat_completion_datapreprocess",
    );
    const children = await stepsOf(cloud, "badrows");
    const failed = children.body.value.find((child: { status: string }) => child.status === "Failed");
    expect(failed.error.error.message).toContain(
      'bad.jsonl:2: messages[1].role is "bot", must be one of system, user, assistant.',
    );
    expect(children.body.value.at(-1).status).toBe("Canceled");
  });

  it("fails in the fine-tune step when the trainer reports a loss of NaN, and runs the next job", async () => {
    cloud.trainer.during = () =>
      Promise.reject(new TrainerError("NonFiniteLoss", "the loss is NaN at step 3"));
    expect((await cloud.trained("diverged", { learning_rate: "1e6" })).body.properties.status).toBe("Failed");
    cloud.trainer.during = () => Promise.resolve();
    const { error } = (await cloud.call("GET", `${HISTORY}/diverged`)).body;
    expect(error.error.details).toEqual([
      {
        code: "UserError",
        message: "NonFiniteLoss: the loss is NaN at step 3",
        target: "/chat_completion_pipeline/chat_completion_finetune",
      },
    ]);
    const run = await cloud.call("GET", `${MLFLOW}/runs/get?run_id=diverged`);
    expect(run.body.run.info.status).toBe("FAILED");
    expect((await cloud.trained("sane")).body.properties.status).toBe("Completed");
  });

  it("stops training when the job is canceled", async () => {
    const started = new Promise<void>((resolve) => {
      cloud.trainer.during = (signal) => {
        resolve();
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      };
    });
    await cloud.call("PUT", `${WORKSPACE}/jobs/stopped`, pipelineJob());
    await started;
    expect((await cloud.call("GET", `${WORKSPACE}/jobs/stopped`)).body.properties.status).toBe("Running");
    expect((await cloud.call("DELETE", `${WORKSPACE}/jobs/stopped`)).status).toBe(409);
    const cancel = await cloud.call("POST", `${WORKSPACE}/jobs/stopped/cancel`);
    cloud.trainer.during = () => Promise.resolve();
    expect(cancel.status).toBe(202);
    await cloud.finish(cancel);
    expect((await cloud.call("GET", `${WORKSPACE}/jobs/stopped`)).body.properties.status).toBe("Canceled");
    const run = await cloud.call("GET", `${MLFLOW}/runs/get?run_id=stopped`);
    expect(run.body.run.info.status).toBe("KILLED");
    expect((await cloud.done("DELETE", `${WORKSPACE}/jobs/stopped`)).status).toBe(202);
    expect((await cloud.call("GET", `${WORKSPACE}/jobs/stopped`)).status).toBe(404);
  });

  it("makes a second job wait for the cluster's only node", async () => {
    let running = 0;
    let most = 0;
    cloud.trainer.during = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
    };
    await cloud.call("PUT", `${WORKSPACE}/jobs/one`, pipelineJob());
    await cloud.call("PUT", `${WORKSPACE}/jobs/two`, pipelineJob());
    await Promise.all([cloud.ended("one"), cloud.ended("two")]);
    cloud.trainer.during = () => Promise.resolve();
    expect(most).toBe(1);
  });

  it("evaluates the model on the test data if the component version has the steps for it", async () => {
    const body = JSON.parse(JSON.stringify(pipelineJob()).replace("0.0.82", "0.0.57")) as unknown;
    await cloud.call("PUT", `${WORKSPACE}/jobs/old`, body);
    expect((await cloud.ended("old")).body.properties.status).toBe("Completed");
    const children = await stepsOf(cloud, "old");
    const names = children.body.value.map((child: { name: string }) => child.name);
    expect(names.slice(-3)).toEqual([
      "chat_completion_model_converter",
      "model_prediction",
      "compute_metrics",
    ]);
    const metrics = async (run: string): Promise<string[]> => {
      const { body: found } = await cloud.call("GET", `${MLFLOW}/runs/get?run_id=${run}`);
      return found.run.data.metrics.map(({ key }: { key: string }) => key);
    };
    const evaluated = children.body.value.at(-1).runId as string;
    expect(await metrics(evaluated)).toEqual(["rouge1", "rouge2", "rougeL", "rougeLsum"]);
    expect(await metrics("old")).not.toContain("rouge1");
  });

  it("trains on 80 % of the training file without validation data, and on all of it with them", async () => {
    await cloud.trained("own-split");
    expect(lastData(cloud)).toEqual({ train: 4, validation: ["Question 4?"] });
    const validation = { validation_file_path: { job_input_type: "uri_file", uri: `${DATA}/test.jsonl` } };
    await cloud.call("PUT", `${WORKSPACE}/jobs/validated`, pipelineJob({}, validation));
    await cloud.ended("validated");
    const questions = Array.from({ length: 5 }, (_, index) => `Question ${index}?`);
    expect(lastData(cloud)).toEqual({ train: 5, validation: questions });
  });

  it("measures nothing when the evaluation is disabled", async () => {
    await cloud.trained("unmeasured", { evaluation_strategy: "disable" });
    expect(cloud.trainer.requests.at(-1)?.validationFile).toBeUndefined();
  });

  it("fails in the preprocess step when no row is left for the validation", async () => {
    const path = "data/one.jsonl";
    await cloud.cloud.blobs.putText({ account: ACCOUNT, container: CONTAINER, path }, chat("a", "b"));
    const one = { train_file_path: { job_input_type: "uri_file", uri: `${DATA}/one.jsonl` } };
    await cloud.call("PUT", `${WORKSPACE}/jobs/one-row`, pipelineJob({}, one));
    expect((await cloud.ended("one-row")).body.properties.status).toBe("Failed");
    const { error } = (await cloud.call("GET", `${HISTORY}/one-row`)).body;
    expect(error.error.details[0].message).toContain("The validation data set is empty");
  });

  it("answers an unknown run with run history's own error body", async () => {
    const missing = await cloud.call("GET", `${HISTORY}/nobody/details`);
    expect(missing.status).toBe(404);
    expect(missing.body).toMatchObject({ error: { code: "UserError" }, componentName: "run-history" });
  });
});
