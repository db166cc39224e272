import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { FAULT_KINDS } from "../../local/cloud/faults/fault";
import { LATENCIES } from "../../local/cloud/latencies";
import { RULES } from "../../local/cloud/rules/catalog";
import { createCloud } from "../../local/cloud/server";
import type { RegisteredRoute } from "../../local/cloud/strict/check";
import { coverageTable } from "../../local/cloud/strict/coverage";

const introduction = `# The local cloud

<!-- Generated from local/cloud by \`npm run docs\`; a test holds it to the code. -->

An emulator of Azure Machine Learning and of what it stands on, for clients that know nothing of it. \`npm start\` and every stack command start it;
\`npm run local -- --help\` lists what can be done with it. What it does not do, it refuses by name: nothing is silently dropped.

## Strict

A query parameter, a header of the families \`x-ms-…\`, \`x-azureml-…\` and \`azureml-…\`, a member of a body, an api-version or a route that is not known is an
error (400, for a route 501 or 405) that names it and what is known. \`AZUREML_LOCAL_LOOSE=1\` (the process's option \`--loose\`) lets it pass and notes it in the request log.
Known members of bodies are those of the models of azure-native 3.28.0 and @azure/arm-machinelearning 2.1.1.
\`npm run local -- requests\` shows the last requests with their correlation ids; no secret is in that log.

## Addresses

Everything is at \`127.0.0.1\`, and every address that is handed out needs no name to be resolved: the APIs, scoring addresses, and blobs by account as
\`https://127.0.0.1:<port>/<account>/<container>/…\`, which Azure's storage clients of every language take. One kind of client makes up its own address: azure-ai-ml
(and so \`az ml\`) uploads and downloads data and outputs of jobs by \`https://<account>.blob.<storage suffix>\`, here \`<account>.blob.localhost:<port>\`. Names below
localhost are resolved where the system has nss-myhostname or systemd-resolved; elsewhere (in most containers, for one) they need a line
\`127.0.0.1 <account>.blob.localhost\` in the hosts file. Models, code, metrics and artifacts through \`mlflow\`, and this project's own programs do without.

## Time

Everything that takes time follows one virtual clock: \`npm run local -- clock\` shows it and what is waited for. Profiles: \`instant\` (nothing takes time), \`brisk\`
(the default: every state is seen, spans the user configures are 60 times shorter) and \`realistic\`. \`--speed 60\` lets a minute pass in a second, \`--advance 6h\` lets
six hours pass at once, everything due in between included. Training takes what it really takes. Tokens and signed addresses follow the wall's time.
\`AZUREML_LOCAL_PROFILE\` and \`AZUREML_LOCAL_SPEED\` say how the process starts. Probes are judged as Kubernetes does, against the time a container takes to load its model.
`;

const faultsIntroduction = `## Faults

\`npm run local -- fault add <kind> [--method PUT] [--path '*/computes/*'] [--nth 1] [--times 1]\`, \`fault list\`, \`fault clear\`; tests use \`/local/faults\`. The n-th call that matches is the
first to suffer. Faults of the blob store (\`--on blobs\`) are in the process that serves it, in front of Azurite. Nothing of them outlives the local cloud's process.
`;

const rulesIntroduction = `## Rules of the real service

Each is enforced in one place (\`local/cloud/rules\`) and has a test of its name. _documented_: Azure's documentation says so; _observed_: seen in the service's
answers or in its clients; _inferred_: concluded.
`;

const coverageIntroduction = `## Coverage

Path and query of every route, and the members its body may have; \`{workspace}\` is a workspace's path below its group. api-version is known everywhere, identity, sku and
other members of ARM's envelope in every ARM resource.
`;

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function latencyTable(): string {
  const rows = Object.entries(LATENCIES).map(([name, { realistic, brisk }]) => [
    name,
    `${realistic / 1000} s`,
    `${brisk} ms`,
  ]);
  return table(["what", "realistic", "brisk"], rows);
}

function ruleTable(): string {
  const rows = Object.entries(RULES).flatMap(([subject, rules]) =>
    rules.map(({ statement, confidence, source }) => [subject, statement, confidence, source]),
  );
  return table(["", "rule", "", "source"], rows);
}

/** The text of docs/local-cloud.md. */
export function localCloudDocument(routes: readonly RegisteredRoute[]): string {
  const faults = Object.entries(FAULT_KINDS).map(([kind, { says }]) => [`\`${kind}\``, says]);
  return [
    introduction,
    latencyTable(),
    faultsIntroduction,
    table(["kind", "what happens"], faults),
    rulesIntroduction,
    ruleTable(),
    coverageIntroduction,
    `${coverageTable(routes)}\n`,
  ].join("\n");
}

/** Every route of the local cloud: those that one registers when it starts. */
export async function routesOfTheCloud(): Promise<RegisteredRoute[]> {
  const home = mkdtempSync(path.join(tmpdir(), "local-cloud-routes-"));
  try {
    const running = await createCloud({ home, port: 0, profile: "instant" });
    await running.close();
    return running.app.declaredRoutes;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
