/** Azure's own JavaScript clients, created as in any program: with a credential and an endpoint. */
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { ResourceManagementClient } from "@azure/arm-resources";
import { DefaultAzureCredential } from "@azure/identity";
import { registerMlPartsWith } from "../../../../local/cloud/ml/parts";
import { temporaryDirectory, type TestCloud } from "../helpers/testCloud";
import { chat, type FakeTrainer, fakeTrainer } from "../ml/mlCloud";
import { NAMES, startWorkspaceCloud, SUBSCRIPTION_ID, useEnvironment } from "./workspaceCloud";

export interface OfficialClients {
  cloud: TestCloud;
  trainer: FakeTrainer;
  credential: DefaultAzureCredential;
  ml: AzureMachineLearningWorkspaces;
  resources: ResourceManagementClient;
  dispose(): Promise<void>;
}

/** The polling interval when the service sends no Retry-After. */
export const FAST = { updateIntervalInMs: 20 };

export async function startOfficialClients(): Promise<OfficialClients> {
  const home = temporaryDirectory();
  const trainer = fakeTrainer(home);
  const cloud = await startWorkspaceCloud({
    home,
    parts: [(app, part) => registerMlPartsWith(app, part, trainer)],
  });
  const leave = useEnvironment(cloud);
  const credential = new DefaultAzureCredential();
  const endpoint = cloud.cloud.baseUrl;
  return {
    cloud,
    trainer,
    credential,
    ml: new AzureMachineLearningWorkspaces(credential, SUBSCRIPTION_ID, { endpoint }),
    resources: new ResourceManagementClient(credential, SUBSCRIPTION_ID, { endpoint }),
    dispose: async () => {
      leave();
      await cloud.dispose();
    },
  };
}

/** Uploads conversations to the workspace's default datastore. Returns the path of their folder. */
export async function uploadConversations({ cloud }: OfficialClients): Promise<string> {
  const store = await cloud.call(
    "GET",
    `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${NAMES.group}/providers/Microsoft.MachineLearningServices/workspaces/${NAMES.workspace}/datastores/workspaceblobstore`,
  );
  const { accountName, containerName } = store.body.properties as Record<string, string>;
  const rows = Array.from({ length: 5 }, (_, index) => chat(`Question ${index}?`, `Answer ${index}.`)).join(
    "\n",
  );
  for (const name of ["train.jsonl", "test.jsonl"]) {
    const blob = { account: accountName ?? "", container: containerName ?? "", path: `data/${name}` };
    await cloud.cloud.blobs.putText(blob, `${rows}\n`);
  }
  return "azureml://datastores/workspaceblobstore/paths/data";
}

/** All items of a paged list. */
export async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}

/** The status and code of the error that a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<{ status?: number; code?: string }> {
  try {
    await call;
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    return { status: statusCode, code };
  }
  throw new Error("The call did not fail.");
}

/** A resource without the properties that every write changes. */
export function withoutTimes(resource: unknown): unknown {
  const moving = ["lastModifiedAt", "modifiedOn", "lastModifiedBy", "lastModifiedByType"];
  return JSON.parse(
    JSON.stringify(resource, (key, value: unknown) => (moving.includes(key) ? undefined : value)),
  );
}
