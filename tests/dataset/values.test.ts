import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openEngine } from "../../dataset/duckdb";
import { run, startTestHub } from "./testHub";

test("values of the hub's rows are written as datasets and JavaScript write them", async () => {
  const hub = await startTestHub();
  try {
    const engine = await openEngine(hub.directory);
    const path = join(hub.directory, "values.parquet");
    await engine.rows(`COPY (SELECT 'Q' || chr(31) || '\\u000B' AS prompt, 'id' AS prompt_id,
      [{content: 'Q' || chr(11), role: 'user'}] AS messages, 1.0::DOUBLE AS one, 0.1::FLOAT AS single, 'nan'::DOUBLE AS none,
      1e20::DOUBLE AS big, 1e-7::DOUBLE AS small, 12345678901234567 AS long, DATE '2020-01-01' AS day,
      {list: [TIMESTAMP '2020-01-01 00:00:00.5', NULL]} AS nested FROM range(2)) TO '${path}' (FORMAT parquet)`);
    engine.close();
    const bytes = await readFile(path);
    await hub.publish({ id: "acme/values", files: [{ path: "train.parquet", bytes }] });
    const { code, err } = await run(hub, [
      ...[
        "--dataset",
        "acme/values",
        "--download_dir",
        "out",
        "--dataset_split_pc",
        "100",
        "--checks",
        "off",
      ],
    ]);
    expect([code, err]).toEqual([0, ""]);
    const [line] = (await readFile(join(hub.directory, "out", "train.jsonl"), "utf8")).split("\n");
    expect(line).toBe(
      String.raw`{"prompt":"Q\u001f\\u000B","prompt_id":"id","messages":[{"content":"Q\u000b","role":"user"}],"one":1,"single":0.10000000149011612,"none":null,"big":100000000000000000000,"small":1e-7,"long":12345678901234567,"day":1577836800000,"nested":{"list":[1577836800500,null]}}`,
    );
  } finally {
    await hub.close();
  }
});
