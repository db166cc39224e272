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

<!-- Generated from local/cloud by \`npm run docs\`; a test compares it with the code. -->

An emulator of Azure Machine Learning and of the Azure services it depends on. Its clients are not modified. \`npm start\` and every stack
command start it; \`npm run local -- --help\` lists its commands. It refuses by name what it does not support; it never silently drops anything.

- [Strictness](#strictness)
- [Addresses](#addresses)
- [Time](#time)
- [Faults](#faults)
- [Rules of the real service](#rules-of-the-real-service)
- [Coverage](#coverage)

## Strictness

The cloud answers an error for every unsupported query parameter, body member, api-version and route, and for every unsupported header whose
name begins with \`x-ms-\`, \`x-azureml-\`, \`x-aml-\` or \`azureml-\` (400; 501 or 405 for a route). The error names it and what is supported. With
\`AZUREML_LOCAL_LOOSE=1\` (the process's option \`--loose\`) the cloud accepts it and notes it in the request log. The supported body members are
those of the models of azure-native 3.28.0 and @azure/arm-machinelearning 2.1.1. An api-version that is newer than every known one is accepted as
the newest, with a line in the log. \`npm run local -- requests\` shows the last requests with
their correlation ids; the log contains no secrets.

Only tokens that this cloud has signed are accepted, by the APIs and by the blob service. \`AZUREML_LOCAL_ANY_TOKEN=1\`, when the cloud starts, accepts
tokens whoever signed them, for tests whose clients sign their own; audience and expiry are still checked. The Host header must be 127.0.0.1, localhost
or a name below it. The certificate authority is constrained to the same names. JSON bodies may be nested 64 deep. A write is confirmed when
it is on disk, blobs included: a kill of any process loses nothing that was confirmed.

## Addresses

All endpoints are at \`127.0.0.1\`, and no address that the cloud returns requires name resolution: the APIs, scoring addresses, and blobs by account as
\`https://127.0.0.1:<port>/<account>/<container>/…\`, which Azure's storage clients of every language accept. One client builds its own address:
azure-ai-ml (and so \`az ml\`) uploads and downloads data and outputs of jobs at \`https://<account>.blob.<storage suffix>\`, here
\`<account>.blob.localhost:<port>\`. Systems with nss-myhostname or systemd-resolved resolve names below localhost. On other systems (most containers)
\`npm run local -- env\` sets PYTHONPATH to a module that does it for Python. Without that, and for the az of a system package, which ignores PYTHONPATH, add
a line \`127.0.0.1 <account>.blob.localhost\` to the hosts file. Models, code, metrics and artifacts through \`mlflow\`, and this project's own
programs do not need it.

## Time

Everything that takes time follows one virtual clock. \`npm run local -- clock\` shows it and its pending delays. Profiles: \`instant\` (nothing takes time),
\`brisk\` (the default: every state is visible, and time spans that users configure are 60 times shorter) and \`realistic\`. With \`--speed 60\` a minute
passes in a second. \`--advance 6h\` lets six hours pass at once, including everything due in between. Training takes its real time. Tokens and signed
addresses use real time. \`AZUREML_LOCAL_PROFILE\` and \`AZUREML_LOCAL_SPEED\` set the initial values. Probes are evaluated as in Kubernetes, against the
time a container needs to load its model.`;

const faultsIntroduction = `## Faults

\`npm run local -- fault add <kind> [--method PUT] [--path '*/computes/*'] [--nth 1] [--times 1]\`, \`fault list\`, \`fault clear\`; tests use \`/local/faults\`.
The n-th matching call is the first that a fault strikes. Faults of the blob store (\`--on blobs\`) are applied in its own process, in front of Azurite.
All faults end with the local cloud's process.`;

const rulesIntroduction = `## Rules of the real service

Each rule is enforced in one place (\`local/cloud/rules\`) and has a test of its name. _documented_: in Azure's documentation; _observed_: seen in the
service's answers or in its clients; _inferred_: concluded.`;

const coverageIntroduction = `## Coverage

Path and query of every route, and the members its body may have. \`{workspace}\` is the path of a workspace. Every route accepts api-version, and every
ARM resource accepts identity, sku and the other members of ARM's envelope.`;

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
  const faults = Object.entries(FAULT_KINDS).map(([kind, { description }]) => [`\`${kind}\``, description]);
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

/** Every route of the local cloud, from an instance started for this purpose. */
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
