// Prints the SHA-256 of what Node.js makes of a gzip file: as a stream, and as the web's
// DecompressionStream, which refuses whatever follows the first member.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

async function hash(chunks) {
    const digest = createHash("sha256");
    for await (const chunk of chunks) digest.update(chunk);
    return digest.digest("hex");
}

const path = process.argv[2];
console.log(await hash(createReadStream(path).pipe(createGunzip())), "node:zlib");
const web = Readable.toWeb(createReadStream(path)).pipeThrough(new DecompressionStream("gzip"));
console.log(await hash(web), "node:DecompressionStream");
