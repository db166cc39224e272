import { main } from "../../../local/engine/cli";

export type CommandResult = { code: number; out: string; err: string };

/** Runs the command line in this process and captures what it prints. */
export async function run(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandResult> {
  const printed = { out: "", err: "" };
  const catching = (stream: "out" | "err") => (chunk: unknown) => {
    printed[stream] += String(chunk);
    return true;
  };
  const spies = [
    jest.spyOn(process.stdout, "write").mockImplementation(catching("out")),
    jest.spyOn(process.stderr, "write").mockImplementation(catching("err")),
  ];
  try {
    return { code: await main([...argv], env), ...printed };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}
