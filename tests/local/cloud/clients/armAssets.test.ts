/** Assets through `@azure/arm-machinelearning`. Containers and versions of every kind behave alike. */
import { ContainerClient } from "@azure/storage-blob";
import { SUBSCRIPTION } from "../helpers/testCloud";
import { all, type OfficialClients, failureOf, startOfficialClients, withoutTimes } from "./officialClients";
import { NAMES } from "./workspaceCloud";

const { group, workspace } = NAMES;

/** The operations that every kind of asset has, without their types. */
interface Containers {
  createOrUpdate(group: string, workspace: string, name: string, body: object): Promise<object>;
  get(group: string, workspace: string, name: string): Promise<{ properties: Record<string, unknown> }>;
  list(group: string, workspace: string, options?: object): AsyncIterable<{ name?: string }>;
  delete(group: string, workspace: string, name: string): Promise<void>;
}
interface Versions {
  createOrUpdate(
    group: string,
    workspace: string,
    name: string,
    version: string,
    body: object,
  ): Promise<object>;
  get(
    group: string,
    workspace: string,
    name: string,
    version: string,
  ): Promise<{ properties: Record<string, unknown> }>;
  list(group: string, workspace: string, name: string, options?: object): AsyncIterable<{ name?: string }>;
  delete(group: string, workspace: string, name: string, version: string): Promise<void>;
}

const DATA = "azureml://datastores/workspaceblobstore/paths/some/file.jsonl";
const KINDS: Record<string, { version: Record<string, unknown>; container?: Record<string, unknown> }> = {
  data: { container: { dataType: "uri_file" }, version: { dataType: "uri_file", dataUri: DATA } },
  model: {
    version: { modelType: "custom_model", modelUri: "azureml://datastores/workspaceblobstore/paths/model" },
  },
  environment: {
    version: { image: "mcr.microsoft.com/azureml/base:1", condaFile: "dependencies: []", osType: "Linux" },
  },
  component: {
    version: {
      componentSpec: {
        type: "command",
        name: "train",
        command: "echo",
        inputs: { rate: { type: "number" } },
      },
    },
  },
  code: { version: { codeUri: "https://clientsaccount.blob.localhost/code" } },
};

// One cloud for the whole file: the identity client remembers the first endpoint it has found in a process.
let clients: OfficialClients;
beforeAll(async () => {
  clients = await startOfficialClients();
});
afterAll(() => clients.dispose());

describe.each(Object.keys(KINDS))("@azure/arm-machinelearning with assets of the kind %s", (kind) => {
  let containers: Containers;
  let versions: Versions;
  const { version = {}, container = {} } = KINDS[kind] ?? {};
  const common = { description: "about", tags: { a: "1", b: "2" }, properties: { p: "q" } };
  const body = { properties: { ...version, ...common } };

  beforeAll(async () => {
    const operations = clients.ml as unknown as Record<string, unknown>;
    containers = operations[`${kind}Containers`] as Containers;
    versions = operations[`${kind}Versions`] as Versions;
    for (const number of ["1", "2", "10"])
      await versions.createOrUpdate(group, workspace, "thing", number, body);
  });

  it("creates the container with the first version, and returns latest and next version", async () => {
    const { properties } = await containers.get(group, workspace, "THING");
    expect(properties).toMatchObject({ latestVersion: "10", nextVersion: "11", isArchived: false });
  });

  it("keeps every field from get through createOrUpdate to get", async () => {
    for (const [client, names] of [
      [versions, ["thing", "2"]],
      [containers, ["made"]],
    ] as const) {
      const call = client as unknown as Record<string, (...given: unknown[]) => Promise<object>>;
      const own = names.length === 1 ? { properties: { ...container, ...common } } : body;
      await call["createOrUpdate"]?.(group, workspace, ...names, own);
      const before = await call["get"]?.(group, workspace, ...names);
      expect(before).toMatchObject({ properties: common });
      await call["createOrUpdate"]?.(group, workspace, ...names, before);
      expect(withoutTimes(await call["get"]?.(group, workspace, ...names))).toEqual(withoutTimes(before));
    }
  });

  it("lists versions newest first, page by page, archived ones separately", async () => {
    const names = async (options?: object): Promise<unknown[]> =>
      (await all(versions.list(group, workspace, "thing", options))).map(({ name }) => name);
    expect(await names()).toEqual(["10", "2", "1"]);
    expect(await names({ top: 1 })).toEqual(["10", "2", "1"]);
    expect(await names({ orderBy: "createdtime asc" })).toEqual(["1", "2", "10"]);
    const archived = { properties: { ...body.properties, isArchived: true } };
    await versions.createOrUpdate(group, workspace, "thing", "1", archived);
    expect(await names()).toEqual(["10", "2"]);
    // This client's operation for code does not support the parameter.
    if (kind === "code") return;
    expect(await names({ listViewType: "ArchivedOnly" })).toEqual(["1"]);
    expect(await names({ listViewType: "All" })).toEqual(["10", "2", "1"]);
  });

  it("answers 404 for what does not exist, and deletes a container with its versions", async () => {
    expect(await failureOf(versions.get(group, workspace, "thing", "3"))).toMatchObject({ status: 404 });
    expect(await failureOf(versions.createOrUpdate(group, "nowhere", "thing", "1", body))).toMatchObject({
      status: 404,
    });
    await versions.delete(group, workspace, "thing", "2");
    expect(await failureOf(versions.get(group, workspace, "thing", "2"))).toMatchObject({ status: 404 });
    await containers.delete(group, workspace, "thing");
    expect(await failureOf(versions.get(group, workspace, "thing", "10"))).toMatchObject({ status: 404 });
    const left = (await all(containers.list(group, workspace))).map(({ name }) => name);
    expect(left).not.toContain("thing");
  });
});

describe("filters of the model list", () => {
  beforeAll(async () => {
    const path = "azureml://datastores/workspaceblobstore/paths/model";
    const versions: Array<[version: string, tags: Record<string, string>]> = [
      ["1", { stage: "dev" }],
      ["2", { stage: "prod", gpu: "yes" }],
    ];
    for (const [version, tags] of versions) {
      const properties = {
        modelType: "custom_model",
        modelUri: path,
        tags,
        description: `number ${version}`,
      };
      await clients.ml.modelVersions.createOrUpdate(group, workspace, "filtered", version, { properties });
    }
  });

  it.each([
    [{ tags: "stage=dev" }, ["1"]],
    [{ tags: "gpu" }, ["2"]],
    [{ tags: "stage,gpu=no" }, []],
    [{ version: "2" }, ["2"]],
    [{ description: "number 1" }, ["1"]],
    [{ offset: 1 }, ["1"]],
  ])("%j", async (options, expected) => {
    const found = await all(clients.ml.modelVersions.list(group, workspace, "filtered", options));
    expect(found.map(({ name }) => name)).toEqual(expected);
  });
});

describe("code that is uploaded before it is registered", () => {
  const code = `${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}/codes/scripts/versions/1`;
  const begin = async (): Promise<{ blobUri: string; sasUri: string }> => {
    const { body } = await clients.cloud.call("POST", `${code}/startPendingUpload`, {
      pendingUploadType: "TemporaryBlobReference",
    });
    const { blobUri, credential } = body.blobReferenceForConsumption;
    return { blobUri, sasUri: credential.sasUri };
  };

  it("goes to its own container, with a SAS that permits only writing and reading", async () => {
    const { blobUri, sasUri } = await begin();
    const container = new ContainerClient(sasUri);
    await container.getBlockBlobClient("lib/tool.py").upload("# a tool", 8);
    const names = (await all(container.listBlobsFlat())).map(({ name }) => name);
    expect(names).toEqual(["lib/tool.py"]);
    expect((await container.getBlobClient("lib/tool.py").downloadToBuffer()).toString()).toBe("# a tool");
    expect(await failureOf(container.getBlobClient("lib/tool.py").delete())).toMatchObject({ status: 403 });
    const other = new URL((await begin()).sasUri);
    other.search = new URL(sasUri).search;
    expect(await failureOf(all(new ContainerClient(other.href).listBlobsFlat()))).toMatchObject({
      status: 403,
    });
    const registered = await clients.ml.codeVersions.createOrUpdate(group, workspace, "scripts", "1", {
      properties: { codeUri: blobUri },
    });
    expect(registered.properties.codeUri).toBe(blobUri);
  });

  it("is found under any name by the hash of its files", async () => {
    const properties = { hash_sha256: "abc", hash_version: "202208" };
    await clients.ml.codeVersions.createOrUpdate(group, workspace, "hashed", "1", {
      properties: { codeUri: "https://clientsaccount.blob.localhost/hashed", properties },
    });
    const list = async (query: string) =>
      (await clients.cloud.call("GET", `${code.replace("scripts/versions/1", "new-name/versions")}?${query}`))
        .body;
    expect((await list("hash=abc&hashVersion=202208")).value).toMatchObject([
      { id: expect.stringContaining("/codes/hashed/versions/1") },
    ]);
    expect((await list("hash=abc&hashVersion=202207")).value).toEqual([]);
    expect((await list("listViewType=All")).error.code).toBe("ParentResourceNotFound");
  });
});
