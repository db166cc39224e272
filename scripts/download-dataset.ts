import { main } from "../dataset/cli";

/** Entry point of the data step (docs/data.md). SIGINT and SIGTERM stop it so that the next run resumes. */
const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => controller.abort());
}
// The reader of the output may close it early (`… | head`). The files are written all the same.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

void main(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  signal: controller.signal,
}).then((code) => {
  process.exitCode = code;
});
