import { EngineError } from "./errors";

const withPulumi = "use the Pulumi CLI, which works on the same state";
const nothingElse = "leave it out";

/** Their purpose, and what to use instead. */
export const refused: Record<string, string> = {
  import: `adopts existing resources; ${withPulumi}`,
  watch: `watches the source files; run \`preview\` or \`up\` again instead`,
  new: `creates projects; this engine runs an existing one (or ${withPulumi})`,
  login: "chooses a backend; set PULUMI_BACKEND_URL to file://<directory> instead",
  logout: "forgets a backend; unset PULUMI_BACKEND_URL instead",
  policy: "manages policy packs in Pulumi Cloud; --policy-pack of `preview` and `up` runs a local one",
  plugin: "manages plugins; put pulumi-resource-<name> on PATH, or name it under `plugins` in Pulumi.yaml",
  state: `edits single resources of a state; \`stack export\`, edit, \`stack import\`, or ${withPulumi}`,
  env: `manages ESC environments; ${withPulumi}`,
  "stack init": "creates a stack; create its Pulumi.<stack>.yaml, which may be empty",
  "stack select": "remembers a stack; name it with --stack each time",
  "stack rm": `removes a stack; \`destroy\` it and delete its files, or ${withPulumi}`,
  "--exclude": "leaves resources out; name the others with --target instead",
  "--secrets-provider":
    "selects the secrets provider; this engine supports only the passphrase (PULUMI_CONFIG_PASSPHRASE)",
  "--import-file": `adopts existing resources; ${withPulumi}`,
  "--import-pending-creates": `adopts interrupted creations by id; ${withPulumi}, or forget them with \`refresh --clear-pending-creates\``,
  "--skip-pending-creates": `keeps interrupted creations in the state, as a \`refresh\` without --clear-pending-creates does; ${nothingElse}`,
  "--run-program": `runs the program in refresh and destroy; use \`up --refresh\` instead of the first`,
  "--attach-debugger": "waits for a debugger; set NODE_OPTIONS=--inspect-brk instead",
  "--config": "writes to the stack file; use `config set`, or --config-file for one run",
  "--plan": `limits an update to a saved plan; ${withPulumi}`,
  "--save-plan": `saves a plan; ${withPulumi}, or save the output of \`preview --json\``,
  "--remote": `runs in Pulumi Cloud; ${withPulumi}`,
  "--color": "chooses colours; set NO_COLOR=1 to have none",
  "--debug": "prints details for the engine's authors; set PULUMI_DEBUG=1 for stack traces",
  "--event-log": "writes engine events; use --json",
  "--suppress-outputs": `hides the outputs; ${nothingElse}`,
  "--suppress-progress": `is not needed with plain lines; ${nothingElse}`,
  "--show-sames": `lists what is unchanged; ${nothingElse}, or use --json`,
};

/** Returns for any name that is not refused. Errors: unsupported. */
export function refuse(name: string | undefined): void {
  const what = refused[name ?? ""] ?? refused[name?.replace(/^(--remote)-.*/, "$1") ?? ""];
  if (what) throw new EngineError("unsupported", `the embedded engine does not support ${name}: it ${what}`);
}
