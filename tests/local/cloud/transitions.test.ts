/** A realistic day at Azure ML in seconds, with the virtual time of every event. */
import { LATENCIES } from "../../../local/cloud/latencies";
import { type MlCloud, pipelineJob, startMlCloud, stepsOf, WORKSPACE } from "./ml/mlCloud";

const CLUSTER = `${WORKSPACE}/computes/hours`;
const ENDPOINT = `${WORKSPACE}/onlineEndpoints/hours`;
const MODEL = `${WORKSPACE}/models/hours/versions/1`;
const COMPUTES = ["model_import", "preprocess", "finetune", "model_evaluation"];

/** Seconds of a named latency under this profile. */
function seconds(...names: string[]): number {
  return names.reduce((sum, name) => sum + (LATENCIES[name]?.realistic ?? NaN) / 1000, 0);
}

describe("six realistic hours, transition by transition", () => {
  let cloud: MlCloud;
  let began = 0;
  const clock = async (body: Record<string, unknown>): Promise<number> =>
    (Date.parse((await cloud.call("POST", "/local/clock", body)).body.now) - began) / 1000;
  /** Seconds on the clock since the test began. */
  const since = (time: string): number => Math.round((Date.parse(time) - began) / 1000);
  const properties = async (id: string) => (await cloud.call("GET", id)).body.properties;

  beforeAll(async () => {
    cloud = await startMlCloud();
    await clock({ profile: "realistic", speed: 0 });
    began = Date.parse((await cloud.call("GET", "/local/clock")).body.now);
  });
  afterAll(() => cloud.dispose());

  /** Advances to a second of the test. */
  const until = async (second: number): Promise<void> => {
    const now = since((await cloud.call("GET", "/local/clock")).body.now);
    expect(await clock({ advance: `PT${second - now}S` })).toBe(second);
  };
  /** Checks a state in the last second before it changes, and in the second of the change. */
  const turns = async (second: number, state: () => Promise<unknown>, from: unknown, to: unknown) => {
    await until(second - 1);
    expect(await state()).toEqual(from);
    await until(second);
    expect(await state()).toEqual(to);
  };
  const nodes = async (): Promise<Record<string, number>> => {
    const { nodeStateCounts } = (await properties(CLUSTER)).properties;
    return Object.fromEntries(
      Object.entries(nodeStateCounts as Record<string, number>).filter(([, count]) => count > 0),
    );
  };
  const provisioning = (id: string) => async () => (await properties(id)).provisioningState;
  const operation = async (answer: { headers: Record<string, unknown> }) =>
    (await cloud.call("GET", String(answer.headers["azure-asyncoperation"]))).body;
  const deploy = (name: string, more: Record<string, unknown>) =>
    cloud.call("PUT", `${ENDPOINT}/deployments/${name}`, {
      location: "westeurope",
      properties: { model: MODEL, instanceType: "Standard_DS3_v2", ...more },
    });

  it("begin with a cluster that exists after its latency", async () => {
    await cloud.call("PUT", CLUSTER, {
      location: "westeurope",
      properties: {
        computeType: "AmlCompute",
        properties: {
          vmSize: "Standard_NC4as_T4_v3",
          scaleSettings: { maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT30M" },
        },
      },
    });
    await turns(seconds("compute.create"), provisioning(CLUSTER), "Creating", "Succeeded");
    expect(await nodes()).toEqual({});
  });

  it("make a job wait for its node and its image, and run its steps", async () => {
    const inputs = Object.fromEntries(COMPUTES.map((name) => [`compute_${name}`, "hours"]));
    await cloud.call("PUT", `${WORKSPACE}/jobs/long`, pipelineJob(inputs));
    const asksForNode = 40 + seconds("job.prepare", "step.prepare", "step.queue");
    await turns(asksForNode, nodes, {}, { preparingNodeCount: 1 });
    const hasNode = asksForNode + seconds("node.start");
    await turns(hasNode, nodes, { preparingNodeCount: 1 }, { runningNodeCount: 1 });
    let start = hasNode + seconds("image.pull");
    const status = async () => (await properties(`${WORKSPACE}/jobs/long`)).status;
    await turns(start, status, "Queued", "Running");
    const expected: Array<[step: string, start: number, end: number]> = [];
    for (const step of [
      "ft_nlp_common_validation",
      "chat_completion_model_import",
      "chat_completion_datapreprocess",
      "chat_completion_finetune",
      "ft_nlp_model_converter",
    ]) {
      // The training takes its real time: here none.
      const work = step === "chat_completion_finetune" ? 0 : seconds(`step.${step}`);
      const end = start + work + seconds("step.finalize");
      expected.push([step, start, end]);
      // The node is running and has the image.
      start = end + seconds("step.prepare", "step.queue");
    }
    const last = expected.at(-1)?.[2] ?? NaN;
    await turns(last + seconds("job.finalize"), status, "Finalizing", "Completed");
    const { value } = (await stepsOf(cloud, "long")).body;
    const steps = value.map((child: { displayName: string; startTimeUtc: string; endTimeUtc: string }) => [
      child.displayName,
      since(child.startTimeUtc),
      since(child.endTimeUtc),
    ]);
    expect(steps).toEqual(expected);

    const idle = last + 30 * 60;
    await turns(idle, nodes, { idleNodeCount: 1 }, { leavingNodeCount: 1 });
    await turns(idle + seconds("node.stop"), nodes, { leavingNodeCount: 1 }, {});
  });

  it("create an endpoint and a deployment, which serves when its readiness probe succeeds", async () => {
    const modelUri = "azureml://jobs/long/outputs/trained_model";
    await cloud.call("PUT", MODEL, { properties: { modelType: "mlflow_model", modelUri } });
    await until(3600);
    await cloud.call("PUT", ENDPOINT, { location: "westeurope", properties: { authMode: "Key" } });
    const there = 3600 + seconds("endpoint.update", "endpoint.create");
    await turns(there, provisioning(ENDPOINT), "Creating", "Succeeded");
    const put = await deploy("good", {});
    // Probed every ten seconds from the tenth on; the first success comes when its model is loaded.
    const ready = there + seconds("deployment.update", "deployment.create", "image.pull", "container.start");
    await turns(ready, provisioning(`${ENDPOINT}/deployments/good`), "Creating", "Succeeded");
    const { startTime, endTime } = await operation(put);
    expect([since(startTime), since(endTime)]).toEqual([there, ready]);
  });

  it("kill and restart a container three times if its liveness probe is too strict, and then fail the deployment", async () => {
    const began = 7200;
    await until(began);
    const livenessProbe = { initialDelay: "PT10S", period: "PT10S", timeout: "PT2S", failureThreshold: 3 };
    const put = await deploy("impatient", { livenessProbe });
    const id = `${ENDPOINT}/deployments/impatient`;
    const container = began + seconds("deployment.update", "deployment.create", "image.pull");
    // Probed after 10, 20 and 30 seconds; the third failure comes two seconds later.
    const killed = 10 + 2 * 10 + 2;
    await turns(container + 4 * killed, provisioning(id), "Creating", "Failed");
    const { content } = (await cloud.call("POST", `${id}/getLogs`, {})).body;
    const kills = (content as string).split("\n").filter((line) => line.includes("killed and started again"));
    expect(kills.map((line) => since(line.split(" ")[0] ?? ""))).toEqual(
      [1, 2, 3].map((time) => container + time * killed),
    );
    const { status, error, endTime } = await operation(put);
    expect([status, error.code, since(endTime)]).toEqual([
      "Failed",
      "ResourceNotReady",
      container + 4 * killed,
    ]);
    expect(error.message).toContain("the container was restarted 3 times");
  });

  describe("of a serving container that stops answering its liveness probe", () => {
    const id = `${ENDPOINT}/deployments/good`;
    // Probed every ten seconds; the thirtieth failure comes two seconds later.
    const killed = 30 * 10 + 2;
    const lose = async (second: number): Promise<number> => {
      await until(second);
      const fault = { kind: "liveness-lost", path: "*/deployments/good" };
      return (await cloud.call("POST", "/local/faults", fault)).body.id;
    };
    const score = async () => {
      const { scoringUri } = await properties(ENDPOINT);
      const { primaryKey } = (await cloud.call("POST", `${ENDPOINT}/listKeys`)).body;
      const question = { input_data: { input_string: [{ role: "user", content: "Hello?" }] } };
      const headers = { authorization: `Bearer ${primaryKey}`, "azureml-model-deployment": "good" };
      const answer = await cloud.call("POST", scoringUri, question, headers);
      return [answer.status, answer.headers["ms-azureml-model-error-reason"]];
    };
    const answered = [200, undefined];
    const refused = [424, "model_not_ready"];
    const logged = async (text: string): Promise<number[]> => {
      const { content } = (await cloud.call("POST", `${id}/getLogs`, {})).body;
      const lines = (content as string).split("\n").filter((line) => line.includes(text));
      return lines.map((line) => since(line.split(" ")[0] ?? ""));
    };

    it("kill it, and serve again after its readiness probe succeeds", async () => {
      const began = 3 * 3600;
      await lose(began);
      const before = cloud.trainer.loads;
      await turns(began + killed, score, answered, refused);
      expect(await logged("the container is killed and started again")).toEqual([began + killed]);
      expect((await logged("Liveness probe: failed")).slice(0, 2)).toEqual([began + 12, began + 22]);
      expect(await provisioning(id)()).toBe("Succeeded");
      await turns(began + killed + seconds("container.start"), score, refused, answered);
      expect(cloud.trainer.loads).toBe(before + 1);
      expect((await cloud.call("GET", "/local/clock")).body.pending).toEqual([]);
    });

    it("leave it running if the fault is cleared in time", async () => {
      const began = 3 * 3600 + 1800;
      const fault = await lose(began);
      await until(began + 25);
      await cloud.call("DELETE", `/local/faults/${fault}`);
      await until(began + killed + 1);
      expect(await logged("Liveness probe: ok")).toEqual([began + 32]);
      expect(await score()).toEqual(answered);
    });

    it("answer from the other instance if there is one", async () => {
      const began = 4 * 3600;
      await until(began - seconds("deployment.update"));
      await cloud.call("PATCH", id, { sku: { name: "Default", capacity: 2 } });
      await lose(began);
      await until(began + killed + 1);
      expect((await logged("the container is killed and started again")).at(-1)).toBe(began + killed);
      expect(await score()).toEqual(answered);
    });

    it("have no pending delay if it is deleted meanwhile", async () => {
      await lose(5 * 3600);
      expect((await cloud.call("GET", "/local/clock")).body.pending).toHaveLength(1);
      await cloud.call("DELETE", id);
      await until(5 * 3600 + seconds("deployment.delete"));
      expect((await cloud.call("GET", "/local/clock")).body.pending).toEqual([]);
    });
  });

  it("end without pending delays", async () => {
    await until(6 * 3600);
    expect((await cloud.call("GET", "/local/clock")).body.pending).toEqual([]);
  });
});
