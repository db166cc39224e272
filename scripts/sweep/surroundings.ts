const blobAccounts = "AZURITE_ACCOUNTS";

/**
 * Directory, environment and output of this process become those of a run.
 * @returns restores them
 */
export function enter(root: string, env: NodeJS.ProcessEnv, print: (text: string) => void): () => void {
  const before = { ...process.env };
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }));
  process.chdir(root);
  Object.assign(process.env, env);
  for (const { stream } of streams) {
    stream.write = ((text: string | Uint8Array, ...rest: unknown[]): boolean => {
      print(typeof text === "string" ? text : Buffer.from(text).toString("utf8"));
      const done = rest.find((argument) => typeof argument === "function") as (() => void) | undefined;
      if (done) setImmediate(done);
      return true;
    }) as typeof stream.write;
  }
  return () => {
    for (const { stream, write } of streams) stream.write = write;
    const { [blobAccounts]: accounts } = process.env;
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    // The blob store reads it again and again.
    Object.assign(process.env, before, accounts === undefined ? {} : { [blobAccounts]: accounts });
  };
}
