import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SecureContext, SecureContextOptions } from "node:tls";
import { LOOPBACK } from "../../local/cloud/constants";
import { localEnvironment } from "../../local/cloud/client/environment";
import type { Core } from "../../local/cloud/core";
import { serveHub } from "../../local/cloud/hub/hub";
import { seedDataset, seedTokenizer } from "../../local/cloud/hub/seed";
import { openHubStorage } from "../../local/cloud/hub/storage";
import { type Inventory, takeInventory } from "../../local/cloud/inventory";
import { nodeCount } from "../../local/cloud/ml/nodes";
import { registerMlPartsWith } from "../../local/cloud/ml/parts";
import { type DurableStore, writeStore } from "../../local/cloud/store";
import { createCloud, type RunningCloud } from "../../local/cloud/server";
import { caFileOf } from "../../local/cloud/tls";
import { generateSplit, type SplitName } from "../../local/data/conversations";
import { type BlobImage, blobImage, startNextWith } from "./blobServer";
import { routeTable, type Requests } from "./requests";
import { stubTrainer, type StubTrainer } from "./trainer";

/** A local cloud of this process in which nothing takes time and no model is trained. */
export interface SweepCloud {
  running: RunningCloud;
  trainer: StubTrainer;
  /** The environment that refers to it only. */
  env: NodeJS.ProcessEnv;
  inventory(): Inventory;
  /** Ids of all resources of a type. */
  idsOf(type: string): string[];
  /** Keys of storage accounts, and the secret of the identity endpoint. */
  secrets(): string[];
  /** Everything it contains. Nothing must happen in it meanwhile. */
  image(): CloudImage;
  close(): Promise<void>;
}

/** Everything that a cloud contains. */
export interface CloudImage {
  documents: Map<string, Map<string, string>>;
  /** Directories of jobs, runs and models. */
  files: string;
  blobs: BlobImage | undefined;
  trainings: number;
}

const folders = ["jobs", "runs", "models"];

/** Rows of each split of the data set on the hub: enough for every step, and read in no time. */
const rows = 24;

/**
 * Starts a cloud, empty or as an image shows it. The certificate authority and the data set on the hub are kept in `home` from cloud to cloud.
 * @param port the first of three. Always the same one: Azure's identity library remembers the endpoint in a process.
 */
export async function startSweepCloud(
  home: string,
  port: number,
  requests: Requests,
  from?: CloudImage,
): Promise<SweepCloud> {
  const cloudHome = join(home, "cloud");
  mkdirSync(cloudHome, { recursive: true });
  for (const name of ["store", "requests.log", ...folders])
    rmSync(join(cloudHome, name), { recursive: true, force: true });
  const trainer = stubTrainer(home);
  if (from) {
    writeStore(join(cloudHome, "store"), from.documents);
    cpSync(from.files, cloudHome, { recursive: true });
    trainer.trainings = from.trainings;
  }
  startNextWith(from?.blobs);
  const running = await createCloud({
    home: cloudHome,
    port,
    profile: "instant",
    parts: [
      (app, cloud) => registerMlPartsWith(app, cloud, trainer),
      (app, cloud) => {
        const storage = openHubStorage(join(home, "hub"));
        serveHub(app, cloud, storage, () => (seeded ??= seed(storage)));
      },
    ],
  });
  trust(caFileOf(cloudHome));
  const core = running.cloud as Core;
  requests.ports = {
    api: running.port,
    identity: running.identityPort,
    blobs: () => core.azurite.port,
    routeOf: routeTable(running.app.declaredRoutes),
  };
  const own = { ...process.env };
  // Belongs to the blob store of this process, and changes.
  delete own["AZURITE_ACCOUNTS"];
  const env = localEnvironment(
    { ...own, AZUREML_LOCAL_HOME: home, AZUREML_LOCAL_PORT: String(running.port) },
    home,
  );
  return {
    running,
    trainer,
    env: { ...env, IDENTITY_ENDPOINT: `http://${LOOPBACK}:${running.identityPort}/msi/token` },
    inventory: () => takeInventory(core, (id) => nodeCount(core, id)),
    idsOf: (type) => core.resources.ofType(type).map(({ id }) => id),
    secrets: () => [
      ...core.store
        .list<{ key1: string; key2: string }>("storageKeys")
        .flatMap(([, { key1, key2 }]) => [key1, key2]),
      String(env["IDENTITY_HEADER"]),
    ],
    image: () => {
      const files = join(home, `files-${++images}`);
      mkdirSync(files);
      for (const name of folders.filter((folder) => existsSync(join(cloudHome, folder))))
        cpSync(join(cloudHome, name), join(files, name), { recursive: true });
      const contents = (core.store as DurableStore).contents();
      const documents = new Map([...contents].map(([name, table]) => [name, new Map(table)]));
      return { documents, files, blobs: blobImage(), trainings: trainer.trainings };
    },
    close: () => running.close(),
  };
}

let images = 0;
let seeded: Promise<void> | undefined;

async function seed(storage: ReturnType<typeof openHubStorage>): Promise<void> {
  await seedTokenizer(storage);
  const names: SplitName[] = ["train_sft", "test_sft", "train_gen", "test_gen"];
  const splits = names.map((name) => ({ name, rows: [...take(generateSplit(name), rows)], shards: 1 }));
  await seedDataset(storage, { splits });
}

function* take<T>(items: Iterable<T>, count: number): Iterable<T> {
  let taken = 0;
  for (const item of items) {
    if (taken++ >= count) return;
    yield item;
  }
}

let trusted = false;

/** Node reads NODE_EXTRA_CA_CERTS only when a process starts. */
function trust(caFile: string): void {
  if (trusted || !existsSync(caFile)) return;
  trusted = true;
  const pem = readFileSync(caFile, "utf8");
  const tls = process.getBuiltinModule("node:tls");
  const create = tls.createSecureContext;
  // One for all clients: reading the system's certificates takes longer than a request.
  const client = create();
  (client.context as { addCACert(pem: string): void }).addCACert(pem);
  const replaced = (options: SecureContextOptions = {}): SecureContext =>
    options.ca || options.cert || options.key || options.pfx ? create(options) : client;
  Object.assign(tls, { createSecureContext: replaced });
}
