/**
 * Loaded with --require into the policy host of a pack whose PulumiPolicy.yaml says `typescript: false`. The host of the SDK ignores that
 * option and registers ts-node with a complete TypeScript for each pack: half of the processor time of its start.
 */
import Module from "node:module";

type Load = (request: string, parent: { filename?: string | null } | undefined, isMain: boolean) => unknown;

const loader = Module as unknown as { _load: Load };
const load = loader._load;
/** The modules of the SDK that load the compiler for the host. */
const isHost = (file: string): boolean => /[/\\](run-policy-pack[/\\]run|pulumi[/\\]tsutils)\.js$/.test(file);

loader._load = function (request, parent, isMain) {
  if (isHost(parent?.filename ?? "")) {
    if (/ts-node/.test(request)) return { register: () => undefined };
    if (/typescript/.test(request)) return { version: "5.0.0" };
  }
  return load.call(loader, request, parent, isMain);
};
