/**
 * node scripts/image/publish.ts <image> <tag>: builds the image for both kinds of machine and pushes it, as the version
 * of the tag and as the latest one. Prints what the workflow attests: the digest of the whole, and of each kind of
 * machine with the bill of materials that describes it.
 */
import { spawnSync } from 'node:child_process';

const cpus = ['amd64', 'arm64'];
const [image, tag] = process.argv.slice(2);
const version = /^v(\d+\.\d+\.\d+)$/.exec(tag ?? '')?.[1];
if (image === undefined || version === undefined) {
  console.error('Usage: node scripts/image/publish.ts <image> <tag, as v1.2.3>');
  process.exit(2);
}

function docker(...args: string[]): string {
  // Standard output is for the workflow.
  const { status, stdout } = spawnSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`docker ${args[0]} ${args[1]} failed, and its words are above.`);
  return stdout;
}

// The builder that Docker has without it makes images for one kind of machine only.
const builder = 'lineup-release';
docker('buildx', 'create', '--name', builder, '--driver', 'docker-container');
try {
  const platforms = cpus.map((cpu) => `linux/${cpu}`).join(',');
  const tags = [version, 'latest'].flatMap((name) => ['--tag', `${image}:${name}`]);
  // The workflow says where the image comes from, and signs that.
  docker(
    'buildx',
    'build',
    '--builder',
    builder,
    '--platform',
    platforms,
    ...tags,
    '--provenance=false',
    '--push',
    '.',
  );
} finally {
  docker('buildx', 'rm', builder);
}

interface Index {
  readonly digest: string;
  readonly manifests: readonly { digest: string; platform: { architecture: string } }[];
}
const format = '{{json .Manifest}}';
const index = JSON.parse(docker('buildx', 'imagetools', 'inspect', `${image}:${version}`, '--format', format)) as Index;
console.log(`index=${index.digest}`);
for (const cpu of cpus) {
  const found = index.manifests.find(({ platform }) => platform.architecture === cpu);
  if (!found) throw new Error(`${image}:${version} has no image for ${cpu}.`);
  console.log(`${cpu}=${found.digest}`);
  console.log(`sbom_${cpu}=build/files/lineup-${version}-image-linux-${cpu}.cdx.json`);
}
