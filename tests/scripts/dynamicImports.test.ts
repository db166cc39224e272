import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const dist = resolve(__dirname, "../../dist");

/** Names that compiled scripts take from a module of ours by `await import`, by the module's file. */
const wanted = readdirSync(join(dist, "scripts"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".js"))
  .flatMap((file) => {
    const text = readFileSync(join(dist, "scripts", file), "utf8");
    const found = [...text.matchAll(/const \{ ([\w, ]+) \} = await import\("(\.[^"]+)"\)/g)];
    return found.map(([, names = "", from = ""]) => ({
      file: resolve(dist, "scripts", file, "..", from),
      names: names.split(", "),
    }));
  });

// Jest replaces `import`, so only a process of its own shows what Node finds.
test("a dynamic import of a compiled module has the names that its caller takes", () => {
  expect(wanted.length).toBeGreaterThan(3);
  const program = `
    (async () => {
      for (const { file, names } of ${JSON.stringify(wanted)}) {
        const found = await import(file);
        for (const name of names) if (!(name in found)) console.log(name + " of " + file);
      }
    })()`;
  expect(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" })).toBe("");
});
