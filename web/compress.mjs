// Compresses what was built once, as well as can be, so that the server only chooses. Run by `npm run build`.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const FOLDER = new URL("dist/assets/", import.meta.url);
const WORTH_IT = 1024;

for (const name of await readdir(FOLDER)) {
  if (!/\.(js|css|svg)$/.test(name)) continue;
  const whole = await readFile(new URL(name, FOLDER));
  if (whole.length < WORTH_IT) continue;
  const best = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: whole.length } };
  await writeFile(new URL(`${name}.br`, FOLDER), await promisify(brotliCompress)(whole, best));
  await writeFile(new URL(`${name}.gz`, FOLDER), await promisify(gzip)(whole, { level: 9 }));
}
