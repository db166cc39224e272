import { EngineError } from "./errors";

/** Where the embedded engine ends, and what to do there. */
const withPulumi = "use the Pulumi CLI, which works on the same state";
const nothingElse = "leave it out";

/** Commands and options of the Pulumi CLI this engine does not have: what they are for, and what to use instead. */
export const refused: Record<string, string> = {
  import: `takes existing resources over; ${withPulumi}`,
  watch: `follows the source files; run \`preview\` or \`up\` again instead`,
  new: `makes projects; this engine runs the one there is (or ${withPulumi})`,
  login: "chooses a backend; set PULUMI_BACKEND_URL to file://<directory> instead",
  logout: "forgets a backend; unset PULUMI_BACKEND_URL instead",
  policy:
    "manages policy packs; the project's own rules run in `preview`, as its preflight, and in `npm run check`",
  plugin: "manages plugins; put pulumi-resource-<name> on PATH, or name it under `plugins` in Pulumi.yaml",
  state: `edits single resources of a state; \`stack export\`, edit, \`stack import\`, or ${withPulumi}`,
  env: `manages ESC environments; ${withPulumi}`,
  "stack init": "makes a stack; create its Pulumi.<stack>.yaml, an empty one will do",
  "stack select": "remembers a stack; name it with --stack each time",
  "stack rm": `removes a stack; \`destroy\` it and delete its files, or ${withPulumi}`,
  "--exclude": "leaves resources out; name the others with --target instead",
  "--policy-pack": `runs a policy pack; the project's own rules run in \`preview\`, as its preflight, and in \`npm run check\``,
  "--secrets-provider":
    "chooses who encrypts; this engine knows the passphrase only (PULUMI_CONFIG_PASSPHRASE)",
  "--import-file": `takes existing resources over; ${withPulumi}`,
  "--import-pending-creates": `takes interrupted creations over by id; ${withPulumi}, or forget them with \`refresh --clear-pending-creates\``,
  "--skip-pending-creates": `keeps interrupted creations in the state, as a \`refresh\` without --clear-pending-creates does; ${nothingElse}`,
  "--run-program": `runs the program in refresh and destroy; use \`up --refresh\` instead of the first`,
  "--attach-debugger": "waits for a debugger; set NODE_OPTIONS=--inspect-brk instead",
  "--config": "sets configuration for one run; use `config set` first",
  "--config-file": "reads another stack file; Pulumi.<stack>.yaml is what counts",
  "--plan": `holds an update to a saved plan; ${withPulumi}`,
  "--save-plan": `saves a plan; ${withPulumi}, or keep what \`preview --json\` prints`,
  "--remote": `runs in Pulumi Cloud; ${withPulumi}`,
  "--color": "chooses colours; set NO_COLOR=1 to have none",
  "--debug": "prints what is for the engine's authors; set PULUMI_DEBUG=1 for stack traces",
  "--event-log": "writes engine events; use --json",
  "--suppress-outputs": `hides the outputs; ${nothingElse}`,
  "--suppress-progress": `has no use where lines are plain already; ${nothingElse}`,
  "--show-sames": `lists what is unchanged; ${nothingElse}, or use --json`,
};

/** Refuses a command or an option by name if it is one of Pulumi's; returns if it is not. Errors: unsupported. */
export function refuse(name: string | undefined): void {
  const what = refused[name ?? ""] ?? refused[name?.replace(/^(--policy-pack|--remote)-.*/, "$1") ?? ""];
  if (what) throw new EngineError("unsupported", `the embedded engine does not know ${name}: it ${what}`);
}
