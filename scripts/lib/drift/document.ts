import { type Drift, rounds } from "./table";

/**
 * Where models are stored: Microsoft Learn, how-to-change-storage-access-key. When keys are read: MicrosoftDocs/azure-docs,
 * articles/machine-learning/how-to-manage-workspace-cli.md. That what serves keeps a copy of the model is inferred: its storage
 * initializer downloads the model when a container starts (how-to-troubleshoot-online-endpoints). Outputs of an autoscale setting:
 * the types of monitor.AutoscaleSetting in azure-native 3.28.0.
 */
const introduction = `# Changes outside the stack

<!-- Generated from scripts/lib/drift/table.ts by \`npm run docs\`; a test compares it with the code. -->

Somebody changes or deletes a resource of a stack in the portal. \`npm run refresh\` shows it, the next \`npm run up\` repairs it. No row trains again.
\`tests/lifecycle/drift.long.test.ts\` runs the table: it does what the second column says, compares the steps of \`refresh\` and \`up\` with the last two
columns, requires a preview without changes afterwards, one job, and an endpoint that answers. Rows of one heading are applied together.

- An \`up\` that fails on something deleted names it and prints both commands.
- The azure-native provider fails a refresh on a 404 whose error code it does not know, and Azure ML has such a code for data and model versions.
  \`npm run refresh\` therefore first removes from the state what is gone. With the Pulumi CLI: \`npm run recover -- --stack dev --vanished\`, then
  \`pulumi refresh\`.
- A completed job is kept in the state with its result when somebody deletes it. If its model version is deleted too, Azure cannot register
  the model again: change a training input, for example \`finetune.seed\`, which trains again.
- A deleted workspace takes its jobs along, and Azure keeps it for 14 days. \`up\` refuses until somebody recovers or purges it
  (\`tests/lifecycle/softDelete.long.test.ts\`). After a purge the preview shows the job as a creation, which is a training.
- A deleted storage account takes the files of the models along, because the workspace stores them there. What serves keeps its copy until an instance
  is replaced; a new deployment of the same model version fails, and another training input, for example \`finetune.seed\`, trains again.
  A workspace that accesses the account with its keys reads the new ones about an hour later; \`az ml workspace sync-keys\` after the \`up\` makes it read
  them at once. A deleted key vault is recovered with its content.
- A refresh sees a deleted autoscale setting, and \`up\` creates it again; it does not see what was changed in one
  (\`tests/lifecycle/operated.long.test.ts\`). The SDK has the settings as inputs of the first level and as outputs under \`properties\`, and the provider compares
  by names (inferred). The next deployment gets a setting of its own.
`;

const headings = ["Resource", "What happens outside", "refresh", "up"];

/** docs/drift.md. */
export function driftDocument(): string {
  const parts = Object.entries(rounds).map(([name, rows]) => {
    const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return [`## ${title}`, "", ...table([headings, ...rows.map(cells)]), ""].join("\n");
  });
  return [introduction, ...parts].join("\n");
}

function cells({ resource, change, refresh, forgotten, up, also }: Drift): string[] {
  const steps = (own: string | undefined, others: readonly string[] = []): string =>
    [...(own ? [own] : []), ...others].join(", ") || "nothing";
  return [
    `\`${resource}\``,
    change,
    steps(forgotten ? "removed from the state" : refresh, also?.refresh),
    steps(up, also?.up),
  ];
}

/** Markdown as Prettier writes it. */
function table([head = [], ...rows]: readonly string[][]): string[] {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)];
}
