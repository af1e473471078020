/** Tools that build container images, and their commands for each step. Pure. */

export interface ContainerTool {
  readonly name: string;
  /** Fails if the tool is installed but cannot work, for example without its daemon. */
  readonly works: readonly string[];
  build(options: BuildOptions): string[];
  /** Describes an image as JSON. */
  inspect(image: string): string[];
  /** The command that an image starts, from that JSON. */
  startOf(told: unknown): ImageStart;
  /**
   * Commands that run a program in a container of the image, as the image’s user. `{container}` is the output of the
   * first.
   */
  run(image: string, program: readonly string[]): string[][];
  remove(image: string): string[];
}

export interface ImageStart {
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
}

export interface BuildOptions {
  readonly image: string;
  /** Another base image than the one in the Dockerfile. */
  readonly base?: string | undefined;
}

/** In Docker’s own format, because the other one has no health check. */
const FORMAT = ['--format', 'docker'];

const argumentsOf = ({ image, base }: BuildOptions): string[] => [
  '--tag',
  image,
  ...(base === undefined ? [] : ['--build-arg', `BASE=${base}`]),
  '.',
];

const dockerLike = (name: string, format: readonly string[] = []): ContainerTool => ({
  name,
  works: ['info'],
  build: (options) => ['build', ...format, ...argumentsOf(options)],
  inspect: (image) => ['image', 'inspect', image],
  startOf: (told) => (told as [{ Config: ImageStart }])[0].Config,
  run: (image, [program, ...args]) => [['run', '--rm', '--entrypoint', program!, image, ...args]],
  remove: (image) => ['image', 'rm', image],
});

const buildah: ContainerTool = {
  name: 'buildah',
  works: ['info'],
  build: (options) => ['build', ...FORMAT, ...argumentsOf(options)],
  inspect: (image) => ['inspect', '--type', 'image', image],
  startOf: (told) => (told as { OCIv1: { config: ImageStart } }).OCIv1.config,
  run: (image, program) => [
    ['from', image],
    ['run', '{container}', '--', ...program],
    ['rm', '{container}'],
  ],
  remove: (image) => ['rmi', image],
};

/** The first that works is used. */
export const tools: readonly ContainerTool[] = [buildah, dockerLike('podman', FORMAT), dockerLike('docker')];
