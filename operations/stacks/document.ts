import { compareStacks } from "./comparison";
import type { StackSettings } from "./stackFiles";

const introduction = `# Stacks

<!-- Generated from the stack files by \`npm run docs\`. A test compares it with them. -->

Each environment is a stack with a file \`Pulumi.<stack>.yaml\`. It lists only what the environment decides. All other settings have
their defaults, which are in one place: the schema ([configuration.md](configuration.md)).

The defaults are not in \`Pulumi.yaml\`, because Pulumi does not merge objects: a section in a stack's file replaces the project's
value of that section as a whole (pulumi/pulumi, \`sdk/go/common/workspace/config.go\`, and its issue 13176). A default there would be lost as soon as
a stack sets one other field of the section.

`;

const explanation = `
\`–\` means not set: the value is decided elsewhere, such as by the model's tags ([configuration.md](configuration.md)).
\`npm run stacks\` prints this table, \`npm run stacks -- dev prod\` two of its columns, and \`--all\` also what the stacks have in common.

To add a stack, copy a file. A copy of \`Pulumi.local.yaml\` is a stack of the local cloud, because it has the same \`encryptionsalt\`:

\`\`\`sh
cp Pulumi.local.yaml Pulumi.dev2.yaml
npm run up -- --stack dev2                # on the local cloud, beside the stack local
\`\`\`

Any other stack is one of Azure ([azure.md](azure.md)). To try its settings on the local cloud, copy its \`config\` into such a file.
`;

/** The text of docs/stacks.md. */
export function stacksDocument(stacks: readonly StackSettings[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const rows = compareStacks(stacks, true).map(({ setting, cells }) => line([`\`${setting}\``, ...cells]));
  const head = ["setting", ...stacks.map(({ stack }) => stack)];
  return `${introduction}${[line(head), line(head.map(() => "---")), ...rows].join("\n")}\n${explanation}`;
}
