import type { SettledById } from "../../operations/contract/confirmed";
import { pricesAsOf, sizes } from "../../operations/contract/prices";
import { isCallProbe } from "../../operations/contract/probe";
import type { Assumption } from "../../operations/contract/table";

const introduction = (count: number, settled: number): string => `# What the project assumes about Azure

<!-- Generated from operations/contract by \`npm run docs\`; a test compares it with the code. -->

The program and the local cloud share these assumptions, so a test that runs on the local cloud cannot refute them. Each has a source outside this
project and, where possible, calls that settle it against a subscription. ${
  settled === 0
    ? `**None of the ${count} has been confirmed against Azure yet**: the\nproject's authors had no subscription.`
    : `${settled} of the ${count} have been settled against Azure.`
}

- [Run it](#run-it)
- [Transcripts](#transcripts)

## Run it

\`\`\`sh
az login
npm run contract -- --subscription <id> --resource-group <group> --location eastus            # plan, confirmation, calls, report
npm run contract -- --subscription <id> --resource-group <group> --only cluster-size-fixed
npm run contract -- --subscription <id> --resource-group <group> --with-gpu --save            # everything; records the results
npm run contract -- --subscription <id> --resource-group <group> --cleanup                    # what a killed run left
npm run contract -- --local                                                                   # the same calls to the local cloud
\`\`\`

The command prints a plan with the cost of each probe and asks for confirmation. Without \`--with-gpu\` a run costs less than a dollar; with it, about
two hours of ${sizes.gpu.name} ($${sizes.gpu.usdPerHour} an hour, ${pricesAsOf.date}: ${pricesAsOf.source}). It creates a storage account, a key vault, a workspace and
what the probes need, all with the tag \`azureml-finetune-contract\` and names that begin with \`ctr-<run id>\`, and deletes all of it at the end, also after
Ctrl-C. It needs the rights of _Contributor_ on the resource group; probes that need more (role assignments, a second resource group) are
otherwise reported as not settled. Exit codes: 0 all confirmed or left out by choice, 1 refuted, 2 could not run. \`--save\` writes
\`operations/contract/confirmed.json\`, from which this page takes the last column.

_documented_: in Microsoft's documentation; _observed_: seen in the service's answers or clients; _inferred_: concluded. The calls are free unless
the table says otherwise.

## Transcripts

A run against Azure writes one JSON file for each assumption to \`.local/contract/<run id>\` (\`--out\` sets another folder):
\`{ format: 1, about, statement, outcome, exchanges }\`. An exchange has the members of the golden exchanges in \`tests/local/cloud/golden\`: \`name\`,
\`provenance\` (\`recorded: AzureCloud, <date>, …\`), \`send\` (method, path and query; \`{sub}\`, \`{group}\` and \`{ws}\` are the paths of subscription, group and
workspace), \`headers\`, \`body\`, \`status\`, \`has\` (headers that clients depend on) and \`returns\`. Subscription, tenant, principals, names, e-mail and IP
addresses, tokens, keys, signatures and times are replaced by placeholders such as \`<guid>\`, \`<key>\` and \`<time>\`, and the run id by
\`golden\`. A file that would still contain one of them is not written. A file in \`tests/local/cloud/golden/recorded\` is replayed against the local cloud like
the goldens written by hand. Replace the name of the run's workspace in an error message by \`<text>\` before you add the file.
`;

/** The text of docs/azure-behaviour.md. */
export function azureBehaviourDocument(table: readonly Assumption[], settled: SettledById): string {
  const areas = [...new Set(table.map(({ area }) => area))];
  const known = table.filter(({ id }) => settled[id] !== undefined).length;
  return [
    introduction(table.length, known),
    ...areas.flatMap((area) => [
      `## ${area}\n`,
      `| id | statement | | source | settled by | last settled |`,
      `| --- | --- | --- | --- | --- | --- |`,
      ...table.filter((assumption) => assumption.area === area).map((assumption) => row(assumption, settled)),
      "",
    ]),
  ].join("\n");
}

function row({ id, statement, confidence, source, probe }: Assumption, settled: SettledById): string {
  const cost =
    isCallProbe(probe) && probe.cost !== "free" ? ` (${probe.cost === "gpu" ? "GPU" : "cents"})` : "";
  const by = isCallProbe(probe) ? `${probe.calls}${cost}` : `not settled by calls: ${probe.notByCalls}`;
  const last = settled[id];
  const when = last ? `${last.outcome} ${last.on}, ${last.cloud}` : "never";
  return `| ${[`\`${id}\``, statement, confidence, source, by, when].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
