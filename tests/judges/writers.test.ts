/** Every place of the program that sends a body to Azure is known here, with the test in which Azure's types judge it. */
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

const project = path.resolve(__dirname, "..", "..");
const folders = ["azureml", "providers", "preflight", "components"];

/** A call that can have a body. The functions that arm.ts declares are no calls. */
const calls = /(?<!function )\b(armPut|armPost)\(|method: "(PUT|POST|PATCH)"/g;

/** The calls of each file, and how their bodies are judged. */
const known: Record<string, Array<[call: string, judged: string]>> = {
  "azureml/clients/arm.ts": [
    ['method: "PUT"', "armPut itself"],
    ['method: "POST"', "armPost itself"],
  ],
  "azureml/clients/deploymentLogs.ts": [
    [
      "armPost",
      "logs of a deployment that failed: not sent in a run that succeeds; unit tests have the body",
    ],
  ],
  "azureml/clients/history.ts": [
    ['method: "PATCH"', "tags of a run: run history is no part of Azure Resource Manager and has no type"],
  ],
  "azureml/clients/jobs.ts": [
    ['method: "PUT"', "submission: recorded in a whole run"],
    ["armPost", "cancellation: no body"],
  ],
  "azureml/clients/onlineEndpoints.ts": [
    ["armPut", "traffic and settings: recorded in a whole run"],
    ["armPost", "keys and token: no body"],
  ],
  "azureml/clients/registryContent.ts": [
    [
      "armPost",
      "address of a registry's files: the pinned SDK for JavaScript has no such operation; the golden exchange has the body of azure-ai-ml",
    ],
  ],
  "azureml/clients/registryModels.ts": [
    [
      "armPost",
      "import: a preview of the data plane without a published type; azure-ai-ml sends the same body to the local cloud (pythonAssets.long.test.ts)",
    ],
    ["armPut", "tags of a version: only what was read before is sent; the local cloud checks its members"],
  ],
  "azureml/clients/resourceNames.ts": [["armPost", "the check of a name: recorded in a whole run"]],
  "azureml/clients/scoring.ts": [['method: "POST"', "the schema of the deployed model: no type of Azure"]],
  "azureml/clients/softDelete.ts": [["armPost", "purge: no body"]],
  "azureml/clients/workspaces.ts": [
    [
      "armPost",
      "secrets of a datastore: newer than the pinned SDKs; the rule of the local cloud has the source",
    ],
  ],
};

function sources(folder: string): string[] {
  return readdirSync(path.join(project, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(name);
    return name.endsWith(".ts") ? [name] : [];
  });
}

it("sends bodies to Azure only where Azure's types judge them or where none is sent", () => {
  const found = folders.flatMap(sources).flatMap((file) => {
    const text = readFileSync(path.join(project, file), "utf8");
    const written = [...text.matchAll(calls)].map(([call]) => call.replace("(", "")).sort();
    const expected = (known[file] ?? []).map(([call]) => call).sort();
    return written.length > 0 && written.join() !== expected.join() ? [`${file}: ${written.join(", ")}`] : [];
  });
  expect(found).toEqual([]);
});
