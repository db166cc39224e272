import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { splitNames } from "../../dataset/splitNames";

/** One row, written by pyarrow 26 with `plaintext_footer=True` and encrypted columns; gzip, base64. */
const readableFooter = [
  "H4sIAAAAAAACAwtwDDLUYmBgKPRcxzF9URH/5uee17nM2508Xx/l/XmurNj3+AP15S1q07bmsGS9rWdZatKgDFR9rC1z61yJdRHG",
  "oSYsJ91UF5mxmDcZyrz9qn81Palda9b2LZ/26wOVTdDzkrc6tHHjBo7Z+06VLb14TtqLjeVt2+ztpw88vGCQtkf28LEl68r/zmSJ",
  "cdXIjXZQB2rxXqKZUhK87jeLrMVSZQ8pxurSN7Ub/9zsKzBlKrHa3ylts1Fqwx7bZ6IsolyifD6iTKIMQgwMrAKMQK2OogyiQqJi",
  "OkBBAVE2UTYZoBinAhOQZGJkZGIQZZG0MWWQYCtOzkjNTRRlYRDlUWWSYCsoys8tKFFl8AEpBwtxJQNFclJLMvPzoMJiTJIykjpq",
  "DDKiPJKmDGwCkjBtokxiTGL3GMWeMaltYlTjiAEqZJNUYwDaGaMDVyQxialaKTu10jexJLUoMzEnpLIgVclKKcDbN8RQSUcpMw8o",
  "nJeYE1ySX5SYDpQpKSpNBQoXu+XnA2W8UyuVrNISc4qBYrmJxRARTxegAclAzeVFiQUFqSkurt5AAUs3p2yDTK9is9zCcOeqkOBc",
  "7eL0qNK0nAiP0JzCsLKg/PRU72z/UK+QgqiMSoOCMO9kbYNMH3cXzyxXW6BZKfmlSTmp4SATM/PSYe4AOtw1L7mosgAUHjCrkzyy",
  "gsqC3fJTtcNLXEszDRNNLZyTAm1tES7yBrvILNXL1cffIjfZJSzIz7XcvTIkw8nNEaiuloFBIioMGLR7Hl78VnLW25V3oUmT8PHd",
  "geHLwhdencYkvb3LLFTrCnevn8Vf9VVKryU9Xt0IqrnerW7D+OGg3aU30pN/KO9Uvpn+Q2Dh7kcT2Bp3Nl96/s9k/tP1XlaaB1ps",
  "GJDjCik+wfEVJ5amNoNZ7R2Tpg4wGTGIApMGAzDFMDHYIKKPQWwPUKkah9gZZhEGBg2FgsSiwtLUEt3kggLdxKKi/HKFstSiYqCJ",
  "CkZmegZ6hpI6wHQCQjIaHNy/L7zU2Rx5G5gwJY5RHPXQWMgt9swrLknMS04FR4CLq5tjqE+IEopMaJAPihRqcklDTy5hRY7Jld5e",
  "6YWeHqEloV6e5c7u+TlRQUEBZh4pBRZBIZYZQaZBEWVVlt5u6c7ZbsnGXu7AGDdLzQnIJzG5lAcG5RlmeAZlmfsH+Ju5JhoUhWVm",
  "YksuXlEZWeEpjpm5eZbBoeURwfnlpv7p4OQS+e+y3qoyj5a0V7JxKtPat+c33A9T2vhDuCY6x+AWMwNDALAcAwA3k6pQzAQAAA==",
].join("");

test("a parquet file with encrypted columns and a readable footer is reported as encrypted", async () => {
  const directory = await mkdtemp(join(tmpdir(), "encrypted-"));
  try {
    await writeFile(join(directory, "a.parquet"), gunzipSync(Buffer.from(readableFooter, "base64")));
    const problem = jest.fn();
    const notices = { info: jest.fn(), warn: jest.fn(), problem };
    await splitNames({ files: { train: ["a.parquet"] } }, {}, directory, notices);
    expect(problem.mock.calls).toEqual([
      [expect.objectContaining({ message: "a.parquet is an encrypted parquet file" })],
    ]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
