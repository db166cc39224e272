import { environments } from "../../policy/environments";
import type { Rule, Setting } from "../../policy/rule";
import { rules } from "../../policy/rules";

/** docs/policy.md, generated from the rules: `npm run docs`. */
export function policyDocument(): string {
  return `# Policies

<!-- Generated from policy/rules by \`npm run docs\`. -->

\`policy/\` is a policy pack: rules that a stack must meet, independent of the program that declares it. A pull request that changes a stack file or
the program cannot get around them.

\`\`\`sh
pulumi preview --policy-pack policy             # the Pulumi CLI
npm run preview -- --stack dev                  # the embedded engine: npm start, preview and up use the pack for every stack
npm run up -- --no-policy                       # without it
\`\`\`

A resource is checked before anything happens to it, with the inputs that its provider accepted. A violated mandatory rule fails a preview, and stops an
update before it creates anything (on the local cloud before the resource itself); an advisory one is printed. \`refresh\` and \`destroy\` are not checked. The values that a preview does not know yet are
checked in the update.

The **environment** decides which limits apply: ${environments.join(", ")}. It is the tag \`environment\` of the stack file
(\`azureml-finetune:tags\`). A stack that is called like an environment belongs to it whatever the tag says; only \`local\` may have another tag.

## Rules

| rule | what must be true | level |
| --- | --- | --- |
${rules.map(row).join("\n")}

## Limits

A JSON file changes the limits and levels of a run: \`--policy-pack-config limits.json\`. An environment that is not listed has the value of \`other\`.

\`\`\`json
{
  "cluster-nodes": { "most": { "dev": 4 } },
  "no-public-endpoint": "mandatory",
  "customer-managed-key": { "environments": ["prod"] }
}
\`\`\`

| rule | setting | meaning | default |
| --- | --- | --- | --- |
${rules.flatMap(settingRows).join("\n")}

The two rules about public access are advice by default: subnet and addresses of an organisation are not in the stack files of this
project. Where they are set, make the rules mandatory. A promoting stack has no job whose metrics a policy could see; its gate, \`model.gate\`,
must be set, and preflight compares it with the metrics in the tags of the version.

## Adding a rule

1. Write it in \`policy/rules/\`, as a function of the resource and the stack, and list it in \`policy/rules.ts\`. It may not import anything of the project.
2. Add a case that it allows and one that it refuses to \`tests/policy/cases.ts\`. They run in Pulumi's own policy host.
3. \`npm run docs\`.

Policies receive secrets in plain text, in both engines. A message must not contain a value that can be secret.
`;
}

const row = ({ name, description, level }: Rule): string =>
  `| \`${name}\` | ${description} | ${level ?? "mandatory"} |`;

function settingRows({ name, settings = {} }: Rule): string[] {
  return Object.entries(settings).map(
    ([setting, { description, default: preset }]) =>
      `| \`${name}\` | \`${setting}\` | ${description} | ${shown(preset)} |`,
  );
}

function shown(preset: Setting["default"]): string {
  if (Array.isArray(preset)) return preset.length > 0 ? preset.join(", ").replaceAll("*", "\\*") : "none";
  if (typeof preset !== "object" || preset === null) return String(preset);
  return Object.entries(preset)
    .map(([environment, value]) => `${environment}: ${shown(value)}`)
    .join("; ");
}
