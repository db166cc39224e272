import { type MlCloud, startMlCloud, WORKSPACE } from "./mlCloud";

describe("addresses of data and models", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
  });
  afterAll(() => cloud.dispose());

  it.each(["file:///etc/passwd", "./data/train.jsonl", "/etc/passwd", "ftp://host/data"])(
    "refuses data at %s, which the service cannot read",
    async (dataUri) => {
      const properties = { dataType: "uri_file", dataUri };
      const answer = await cloud.call("PUT", `${WORKSPACE}/data/local/versions/1`, { properties });
      expect([answer.status, answer.body.error.message]).toEqual([
        400,
        expect.stringMatching(/properties\.dataUri is .*Allowed are azureml:.*Upload local files/),
      ]);
      expect((await cloud.call("GET", `${WORKSPACE}/data/local`)).status).toBe(404);
    },
  );

  it.each(["a/../../other/b", "..", "a/%2e%2e/b", "a/..%2Fb", "a\\..\\b", "..?x"])(
    "refuses the path %s in data and models",
    async (below) => {
      const uri = `azureml://datastores/workspaceblobstore/paths/${below}`;
      const model = { modelUri: uri, modelType: "custom_model" };
      const data = { dataType: "uri_folder", dataUri: uri };
      for (const [kind, properties] of [
        ["data", data],
        ["models", model],
      ] as const) {
        const answer = await cloud.call("PUT", `${WORKSPACE}/${kind}/parent/versions/1`, { properties });
        expect([answer.status, answer.body.error.message]).toEqual([
          400,
          expect.stringContaining('a path must not contain ".."'),
        ]);
      }
    },
  );

  it("accepts names with two dots that are no parent directory", async () => {
    const uri = "azureml://datastores/workspaceblobstore/paths/a..b/..c/d..";
    const properties = { dataType: "uri_folder", dataUri: uri };
    expect((await cloud.call("PUT", `${WORKSPACE}/data/dots/versions/1`, { properties })).status).toBe(201);
  });
});
