/** The local cloud as Microsoft's Go client sees it, with the bodies of the client's published examples. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makeServer } from "../../local/cloud/certificates";
import { registerMlPartsWith } from "../../local/cloud/ml/parts";
import { startWorkspaceCloud, SUBSCRIPTION_ID } from "../local/cloud/clients/workspaceCloud";
import { temporaryDirectory, type TestCloud } from "../local/cloud/helpers/testCloud";
import { chat, fakeTrainer } from "../local/cloud/ml/mlCloud";
import {
  callWithGoSdk,
  type Json,
  type Outcome,
  prepareGoSdk,
  publishedExamples,
  type SdkCall,
  trustedByGo,
} from "./goSdk";
import { goClientPlan, workspaceId } from "./goClientPlan";
import { losses } from "./losses";

const go = prepareGoSdk();
const title = "the Go client" + (go.available ? "" : ` (skipped: ${go.reason})`);

/** Fields of answers that the client (2024-04-01) does not have, with the reason why they are right. */
const laterFields: ReadonlyArray<{ call: RegExp; fields: readonly string[]; why: string }> = [
  {
    call: /^Workspaces\./,
    fields: ["properties.systemDatastoresAuthMode", "properties.notebookInfo.isPrivateLinkEnabled"],
    why: "from later API versions than the client's: azure-native 3.28.0 (2025-12-01) reads them",
  },
  {
    call: /^Workspaces\./,
    fields: ["properties.creationTime"],
    why: "the service returns it on the wire; no client's model has it",
  },
  {
    call: /^Workspaces\.ListKeys$/,
    fields: ["userStorageArmId"],
    why: "the name of the same id in 2025-12-01, as azure-native 3.28.0 reads it, next to userStorageResourceId",
  },
];

let cloud: TestCloud;
let outcomes: Array<[SdkCall, Outcome]> = [];

(go.available ? describe : describe.skip)(title, () => {
  beforeAll(async () => {
    if (!go.available) return;
    const { first, second } = goClientPlan(publishedExamples(go.executable));
    const home = temporaryDirectory();
    const trainer = fakeTrainer(home);
    cloud = await startWorkspaceCloud({
      home,
      parts: [(app, part) => registerMlPartsWith(app, part, trainer)],
    });
    await uploadRows();
    const made = await call(first);
    const job = `${workspaceId}/jobs/thing`;
    while (!/Completed|Failed/.test(String((await cloud.call("GET", job)).body.properties?.status)))
      await delay(20);
    outcomes = [...made, ...(await call(second))];
  });
  afterAll(() => cloud?.dispose());

  it("creates, reads, changes, lists and deletes everything", () => {
    const failed = outcomes.filter(([, { error }]) => error !== undefined);
    expect(failed.map(([wanted, { error }]) => `${name(wanted)}: ${error ?? ""}`)).toEqual([]);
  });

  it("gets back what it sent", () => {
    const changed = outcomes.flatMap(([wanted, { results }]) => {
      if (!/CreateOrUpdate$/.test(wanted.method)) return [];
      return losses(wanted.body, results?.[0]).map((path) => `${name(wanted)}: ${path}`);
    });
    expect(changed).toEqual([
      // A size is shown as the service spells it, a short URI in its resolved form. Secrets are write-only.
      "Compute.BeginCreateOrUpdate: properties.properties.vmSize",
      "Datastores.CreateOrUpdate: properties.credentials.secrets",
      "DataVersions.CreateOrUpdate: properties.dataUri",
      "ModelVersions.CreateOrUpdate: properties.modelUri",
    ]);
  });

  it("trusts the cloud under every name of this machine, and its authority for no other name", async () => {
    if (!go.available) return;
    const authority = readFileSync(cloud.caFile, "utf8");
    const directory = path.dirname(cloud.caFile);
    const read = (name: string): string => readFileSync(path.join(directory, name), "utf8");
    const own = ["127.0.0.1", "localhost", "account.blob.localhost", "endpoint.inference.localhost"];
    const asked = { authority, certificate: read("server.pem"), names: own };
    expect(trustedByGo(go.executable, asked)).toEqual(own.map(() => ""));
    const names = ["login.microsoftonline.com"];
    const foreign = await makeServer({ certPem: authority, keyPem: read("ca-key.pem") }, names);
    const [reason] = trustedByGo(go.executable, { authority, certificate: foreign.certPem, names });
    expect(reason).toMatch(/not authorized to sign for this name|not permitted by any constraint/);
  });

  it("has every field of every answer", () => {
    const unknown = new Set<string>();
    for (const [wanted, { results, exchanges }] of outcomes) {
      const pages = exchanges.filter(({ status, body }) => status < 300 && body !== "");
      const raw = /Pager$/.test(wanted.method) ? pages : pages.slice(-1);
      // A poller that ends with its operation's status returns no resource.
      if (/Delete|RegenerateKeys/.test(wanted.method)) continue;
      raw.forEach(({ body }, index) => {
        for (const path of losses(JSON.parse(body), unwrapped(results?.[index])))
          if (!isLater(wanted, path)) unknown.add(`${name(wanted)}: ${path}`);
      });
    }
    expect([...unknown].sort()).toEqual([]);
    for (const { why } of laterFields) expect(why.length).toBeGreaterThan(30);
  });
});

const name = ({ client, method }: SdkCall): string => `${client}.${method}`;

function isLater(wanted: SdkCall, path: string): boolean {
  return laterFields.some(
    ({ call: at, fields }) => at.test(name(wanted)) && fields.some((end) => path.endsWith(end)),
  );
}

/** The value of an answer whose Go type has a union as its only field. */
function unwrapped(result: Json | undefined): unknown {
  const [[key, value] = ["", undefined], ...more] = Object.entries(result ?? {});
  return more.length === 0 && key.endsWith("Classification") ? value : result;
}

async function call(calls: SdkCall[]): Promise<Array<[SdkCall, Outcome]>> {
  if (!go.available) return [];
  const given = {
    endpoint: cloud.cloud.baseUrl,
    authority: readFileSync(cloud.caFile, "utf8"),
    token: cloud.cloud.issueToken("https://management.azure.com"),
    subscription: SUBSCRIPTION_ID,
  };
  const made = await callWithGoSdk(go.executable, given, calls);
  return calls.map((wanted, index) => [wanted, made[index] as Outcome]);
}

async function uploadRows(): Promise<void> {
  const store = await cloud.call("GET", `${workspaceId}/datastores/workspaceblobstore`);
  const { accountName = "", containerName = "" } = store.body.properties as Record<string, string>;
  const rows = Array.from({ length: 5 }, (_, index) => `${chat(`Question ${index}?`, "Answer.")}\n`).join("");
  for (const file of ["train.jsonl", "test.jsonl"])
    await cloud.cloud.blobs.putText(
      { account: accountName, container: containerName, path: `data/${file}` },
      rows,
    );
}
