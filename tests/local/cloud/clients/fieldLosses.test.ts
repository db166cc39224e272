/** No field is lost between the local cloud and Azure's own clients, in either direction. */
import { allTypes, location, wireBody, ROOT, STORE, tags, VAULT, readBack } from "./allTypes";
import { fieldLosses, type Seen, watch } from "./fieldLosses";
import {
  all,
  FAST,
  type OfficialClients,
  startOfficialClients,
  uploadConversations,
} from "./officialClients";
import { NAMES } from "./workspaceCloud";

const { group, workspace } = NAMES;

/**
 * Properties of answers that the client's model does not have, by the operation's path, with the reason why
 * they are right.
 */
const UNKNOWN: ReadonlyArray<{ at: RegExp; properties: readonly string[]; why: string }> = [
  {
    at: /\/workspaces(\/\{workspaceName\})?$/,
    properties: [
      ...["kind", "properties.enableDataIsolation", "properties.systemDatastoresAuthMode"],
      "properties.notebookInfo.isPrivateLinkEnabled",
    ],
    why: "from later API versions than the client's 2023-04-01: azure-native 3.28.0 (2025-12-01) reads them",
  },
  {
    at: /\/workspaces(\/\{workspaceName\})?$/,
    properties: ["properties.creationTime"],
    why: "the service returns it on the wire; no client's model has it",
  },
  {
    at: /\/workspaces\/\{workspaceName\}\/listKeys$/,
    properties: ["userStorageArmId"],
    why: "the name of the same id in 2025-12-01, as azure-native 3.28.0 reads it, next to userStorageResourceId",
  },
  {
    at: /\/(codes|components|environments|models)(\/\{name\}(\/versions(\/\{version\})?)?)?$/,
    properties: ["properties.provisioningState"],
    why: "from a later API version than the client's: azure-native 3.28.0 (2025-12-01) reads it",
  },
  {
    at: /\/connections(\/\{connectionName\})?$/,
    properties: ["properties.isSharedToAll"],
    why: "from a later API version than the client's: azure-native 3.28.0 (2025-12-01) reads it",
  },
  {
    at: /\/onlineEndpoints(\/\{endpointName\})?$/,
    properties: ["properties.mirrorTraffic"],
    why: "from later stable versions than the client's: armmachinelearning v4.0.0 (2024-04-01) has it, and so has azure-ai-ml",
  },
  {
    at: /\/jobs(\/\{id\})?$/,
    properties: ["properties.outputs.*.mode"],
    why: "AssetJobOutput of the client has it, but its union of outputs does not look there; it passes it on unchanged",
  },
  {
    at: /^GET \/\{resourceId\}$/,
    properties: ["systemData"],
    why: "the client's GenericResource is older than systemData, which ARM passes on from the provider",
  },
];

let clients: OfficialClients;
let ml: Seen[];
let arm: Seen[];

beforeAll(async () => {
  clients = await startOfficialClients();
  await uploadConversations(clients);
  ml = watch(clients.ml);
  arm = watch(clients.resources);
});
afterAll(() => clients.dispose());

describe("the client of Azure Machine Learning", () => {
  it("reads back everything that it has sent, except write-only properties", async () => {
    const missing: string[] = [];
    for (const [name, sent, put, at] of allTypes(clients)) {
      await put(sent as never);
      const { body } = await clients.cloud.call("GET", at);
      try {
        expect(body).toMatchObject(readBack(wireBody(sent as Record<string, unknown>)) as object);
      } catch (error) {
        missing.push(`${name}: ${(error as Error).message}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it("reads every other answer too", async () => {
    const { workspaces, computeOperations, onlineEndpoints, onlineDeployments, datastores } = clients.ml;
    await workspaces.get(group, "second");
    await all(workspaces.listByResourceGroup(group));
    await workspaces.listKeys(group, workspace);
    await workspaces.listStorageAccountKeys(group, workspace);
    await workspaces.beginDiagnoseAndWait(group, workspace, { ...FAST, parameters: { value: {} } });
    await computeOperations.get(group, workspace, "thing");
    await all(computeOperations.list(group, workspace));
    await all(computeOperations.listNodes(group, workspace, "thing"));
    await all(datastores.list(group, workspace));
    await datastores.listSecrets(group, workspace, "thing");
    await all(clients.ml.dataContainers.list(group, workspace));
    await all(clients.ml.modelContainers.list(group, workspace));
    await all(clients.ml.modelVersions.list(group, workspace, "thing"));
    await all(clients.ml.environmentContainers.list(group, workspace));
    await all(clients.ml.componentContainers.list(group, workspace));
    await all(clients.ml.codeContainers.list(group, workspace));
    await all(clients.ml.workspaceConnections.list(group, workspace));
    await all(clients.ml.jobs.list(group, workspace));
    await onlineEndpoints.get(group, workspace, "thing");
    await onlineEndpoints.listKeys(group, workspace, "thing");
    await all(onlineDeployments.list(group, workspace, "thing"));
    await onlineDeployments.getLogs(group, workspace, "thing", "blue", { tail: 1 });
    await all(onlineDeployments.listSkus(group, workspace, "thing", "blue"));
    expect(await all(clients.ml.batchEndpoints.list(group, workspace))).toEqual([]);
    expect(await all(clients.ml.schedules.list(group, workspace))).toEqual([]);
    expect(await all(clients.ml.privateEndpointConnections.list(group, workspace))).toEqual([]);
    await clients.ml.virtualMachineSizes.list(location);
    await all(clients.ml.usages.list(location));
    const [quota] = await all(clients.ml.quotas.list(location));
    await clients.ml.quotas.update(location, { value: [{ id: quota?.id, limit: 12 }] });
    await all(clients.ml.operations.list());
    expect(ml.length).toBeGreaterThan(40);
  });

  it("recognizes every field of every answer and passes it on", () => expectNoLosses(ml));
});

describe("the client of the resource manager", () => {
  it("reads groups, resources, providers and tags", async () => {
    const { resourceGroups, resources, providers, tagsOperations } = clients.resources;
    await resourceGroups.createOrUpdate("fresh", { location, tags });
    await resourceGroups.get("fresh");
    await resourceGroups.update("fresh", { tags });
    await all(resourceGroups.list());
    await all(resources.list());
    await all(resources.listByResourceGroup(group));
    await resources.getById(STORE, "2024-01-01");
    await resources.getById(VAULT, "2024-11-01");
    await resources.getById(ROOT, "2024-04-01");
    await all(providers.list());
    await providers.get("Microsoft.Storage");
    await providers.register("Microsoft.Storage");
    await tagsOperations.getAtScope(STORE);
    expect(arm.length).toBeGreaterThan(10);
  });

  it("recognizes every field of every answer and passes it on", () => expectNoLosses(arm));
});

/** Compares every answer with what the client returned for it. */
function expectNoLosses(answers: readonly Seen[]): void {
  const found = new Map<string, Set<string>>();
  for (const answer of answers) {
    const { unknown, lost } = fieldLosses(answer);
    const reported = found.get(answer.operation) ?? new Set<string>();
    for (const path of lost) reported.add(`lost: ${path}`);
    for (const path of unknown) if (!excepted(answer.operation, path)) reported.add(`unknown: ${path}`);
    if (reported.size > 0) found.set(answer.operation, reported);
  }
  expect(Object.fromEntries([...found].map(([operation, reported]) => [operation, [...reported]]))).toEqual(
    {},
  );
}

/** Exceptions that at least one answer needed. */
const needed = new Set<string>();

function excepted(operation: string, path: string): boolean {
  const found = UNKNOWN.filter(({ at }) => at.test(operation)).flatMap(({ properties }) =>
    properties.filter((name) => path === name || path.endsWith(`.${name}`)),
  );
  for (const name of found) needed.add(name);
  return found.length > 0;
}

describe("the exceptions", () => {
  it("are all needed, and each has a reason", () => {
    const given = UNKNOWN.flatMap(({ properties }) => properties);
    expect([...new Set(given)].filter((name) => !needed.has(name))).toEqual([]);
    for (const { why } of UNKNOWN) expect(why.length).toBeGreaterThan(30);
  });
});
