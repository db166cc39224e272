import { type MlCloud, startMlCloud } from "../ml/mlCloud";
import {
  BLUE,
  BODY,
  endpointBody,
  endpointId,
  GREEN,
  makeEndpoint,
  openEndpoint,
  startScoringCloud,
} from "./endpoint";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the traffic of an endpoint", () => {
  let cloud: MlCloud;
  const asked: string[] = [];
  beforeAll(async () => {
    cloud = await startScoringCloud();
    await makeEndpoint(cloud, "split", { traffic: { blue: 90, green: 10 } });
  });
  beforeEach(() => {
    asked.length = 0;
    cloud.trainer.reply = (answer) => {
      asked.push(answer);
      return Promise.resolve(answer);
    };
  });
  afterAll(() => cloud.dispose());

  /** The answers of consecutive requests. */
  const answers = async (requests: number): Promise<string[]> => {
    const ask = await asker();
    const outputs: string[] = [];
    for (let index = 0; index < requests; index++) outputs.push(JSON.parse((await ask()).body).output);
    return outputs;
  };
  /** Sends requests without a connection, which would take most of the time of hundreds of requests. */
  const asker = async () => {
    const { uri, keys } = await openEndpoint(cloud, "split");
    return (headers: Record<string, string> = {}) =>
      cloud.app.inject({
        method: "POST",
        url: new URL(uri).pathname,
        headers: { authorization: `Bearer ${keys.primaryKey}`, ...headers },
        payload: JSON.stringify(BODY),
      });
  };
  const restart = async (): Promise<void> => {
    await cloud.close();
    cloud = await startMlCloud({ home: cloud.home, trainer: cloud.trainer });
  };

  it("is split exactly over 100 requests, and in the same way after a restart", async () => {
    await restart();
    const first = await answers(100);
    expect(first.filter((output) => output === GREEN)).toHaveLength(10);
    expect(first.filter((output) => output === BLUE)).toHaveLength(90);
    await restart();
    expect(await answers(30)).toEqual(first.slice(0, 30));
  });

  it("is split exactly among concurrent requests too", async () => {
    const ask = await asker();
    const names: unknown[] = [];
    // Five at a time. Some may be refused as too many, but each by the deployment that it was assigned to.
    for (let round = 0; round < 20; round++) {
      const answered = await Promise.all(Array.from({ length: 5 }, () => ask()));
      names.push(...answered.map(({ headers }) => headers["azureml-model-deployment"]));
    }
    expect(names.filter((name) => name === "green")).toHaveLength(10);
  });

  describe("with mirroring", () => {
    const mirrored = (): number => asked.filter((answer) => answer === GREEN).length;
    beforeAll(async () => {
      const properties = { traffic: { blue: 100, green: 0 }, mirrorTraffic: { green: 20 } };
      await cloud.done("PUT", endpointId("split"), endpointBody(properties));
      // Loads the models, so that their readiness probes are over.
      await answers(1);
    });

    it("is copied exactly by its share, and answered by the live deployment only", async () => {
      const outputs = await answers(100);
      expect(new Set(outputs)).toEqual(new Set([BLUE]));
      while (mirrored() < 20) await turn();
      for (let more = 0; more < 20; more++) await turn();
      expect(mirrored()).toBe(20);
      const logs = await cloud.call("POST", `${endpointId("split")}/deployments/green/getLogs`, {});
      expect(logs.body.content).toContain("POST /score (mirrored) 200");
    });

    it("is not copied if the request names its deployment", async () => {
      const ask = await asker();
      for (let index = 0; index < 20; index++) await ask({ "azureml-model-deployment": "blue" });
      for (let more = 0; more < 20; more++) await turn();
      expect(mirrored()).toBe(0);
    });

    it("is not affected while the mirror is being created or is missing", async () => {
      const { resources } = cloud.cloud;
      const green = resources.get(`${endpointId("split")}/deployments/green`);
      if (!green) throw new Error("the deployment green does not exist");
      resources.put({ ...green, properties: { ...green.properties, provisioningState: "Creating" } });
      expect(new Set(await answers(20))).toEqual(new Set([BLUE]));
      resources.delete(green.id);
      expect(new Set(await answers(20))).toEqual(new Set([BLUE]));
      resources.put(green);
      expect(mirrored()).toBe(0);
    });

    it("does not wait for a mirror that hangs, and ignores one that fails", async () => {
      const free: Array<() => void> = [];
      cloud.trainer.reply = (answer) =>
        answer === BLUE
          ? Promise.resolve(answer)
          : new Promise((resolve) => free.push(() => resolve(answer)));
      expect(new Set(await answers(50))).toEqual(new Set([BLUE]));
      expect(free.length).toBeGreaterThan(0);
      for (const release of free) release();
      cloud.trainer.reply = (answer) =>
        answer === BLUE ? Promise.resolve(answer) : Promise.reject(new Error("the mirror failed"));
      expect(new Set(await answers(50))).toEqual(new Set([BLUE]));
    });
  });
});
