// `jose`, behind the protocol that `interop/src/main.rs` describes: a request on standard input, a response on standard output.

import { readFileSync } from 'node:fs';
import { SignJWT, errors, importPKCS8, importSPKI, jwtVerify } from 'jose';

const request = JSON.parse(readFileSync(0, 'utf8'));
const privateKey = await importPKCS8(request.private_key, 'ES256');
const publicKey = await importSPKI(request.public_key, 'ES256');

function signed({ kid, claims }) {
  const header = { alg: 'ES256', typ: 'JWT', ...(kid === null ? {} : { kid }) };
  return new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
}

async function verdict(token) {
  try {
    const options = { algorithms: ['ES256'], clockTolerance: 60 };
    const { protectedHeader, payload } = await jwtVerify(token, publicKey, options);
    return { accepted: { kid: protectedHeader.kid ?? null, claims: payload } };
  } catch (error) {
    if (error instanceof errors.JOSEError) {
      return { refused: `${error.code}: ${error.message}` };
    }
    throw error;
  }
}

const response = {
  signed: await Promise.all(request.sign.map(signed)),
  verified: await Promise.all(request.verify.map(verdict)),
};
process.stdout.write(JSON.stringify(response));
