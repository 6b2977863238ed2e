import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { table } from '../src/config/table.ts'

/** What is deployed fits together, as far as can be seen without a container engine and without Kubernetes. */

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const known = new Set<string>(Object.values(table).map((row) => row.env))

type Environment = Readonly<Record<string, string | number>>

interface BindMount {
  readonly type: 'bind'
  readonly source: string
  readonly target: string
  readonly read_only: boolean
  readonly bind: { readonly create_host_path: boolean }
}

interface Service {
  readonly environment?: Environment
  readonly volumes?: readonly (string | BindMount)[]
  readonly command?: readonly string[]
  readonly depends_on?: readonly string[]
  readonly stop_grace_period?: string
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, null>>
}

/** Throws for a key that stands there twice, an anchor that there isn't, and the like. */
const compose = (path: string): Compose => parse(read(path), { merge: true, strict: true }) as Compose

/** The settings are some, with values that they take. */
function assertSettings(environment: Environment): void {
  for (const [name, value] of Object.entries(environment).filter(([each]) => each.startsWith('PARLANCE_'))) {
    assert.ok(known.has(name), `${name} is no setting`)
    const { parser } = Object.values(table).find((row) => row.env === name)!
    const text = String(value).replace(/\$\{\w+(?::[-?]([^}]*))?\}/g, '$1')
    if (text !== '') assert.notEqual(parser.parse(text), undefined, `${name}=${text}: expected ${parser.expected}`)
  }
}

for (const path of ['compose.yaml', 'deploy/compose.single.yaml']) {
  test(`${path}: settings, volumes and services that there are`, () => {
    const { services, volumes } = compose(path)
    for (const { environment, volumes: mounted, depends_on: others } of Object.values(services)) {
      assertSettings(environment ?? {})
      for (const mount of mounted ?? []) {
        const [from = ''] = typeof mount === 'string' ? mount.split(':') : [mount.source]
        assert.ok(from.startsWith('.') || from in volumes, `${from}: no such volume`)
      }
      for (const other of others ?? []) assert.ok(other in services, other)
    }
  })
}

test('README, the compose files and .env.example name one configuration file, and none makes a folder of it', () => {
  for (const path of ['README.md', '.env.example'])
    assert.deepEqual(
      [...read(path).matchAll(/PARLANCE_CONFIG=(\S+)/g)].map(([, file]) => file),
      ['parlance.json'],
      path,
    )
  for (const [path, source] of [
    ['compose.yaml', './parlance.json'],
    ['deploy/compose.single.yaml', '../parlance.json'],
  ]) {
    const mounts = Object.values(compose(path!).services).flatMap(({ volumes = [] }) => volumes)
    const files = mounts.filter((mount) => typeof mount !== 'string')
    assert.ok(files.length > 0, path)
    for (const file of files) {
      const { type, target, bind } = file
      assert.deepEqual([type, file.source, target], ['bind', source, '/etc/parlance/parlance.json'])
      assert.equal(bind.create_host_path, false)
    }
  }
})

describe('compose.yaml', () => {
  const { services } = compose('compose.yaml')
  const nodes = Object.entries(services).filter(([name]) => name.startsWith('node'))

  test('three nodes that share what they must, each at an address of its own', () => {
    assert.equal(nodes.length, 3)
    for (const [name, { environment = {}, volumes, stop_grace_period: grace }] of nodes) {
      assert.equal(environment['PARLANCE_NODE_URL'], `http://${name}:8080`)
      assert.deepEqual(volumes, nodes[0]?.[1].volumes)
      const { PARLANCE_NODE_URL: _own, ...common } = environment
      const { PARLANCE_NODE_URL: _first, ...first } = nodes[0]?.[1].environment ?? {}
      assert.deepEqual(common, first)
      assert.ok(Number(environment['PARLANCE_DRAIN_TIMEOUT_MS']) < 1000 * Number.parseInt(grace ?? '0', 10))
    }
  })

  test('the balancer knows them, and they know the balancer', () => {
    const servers = [...read('deploy/haproxy.cfg').matchAll(/^ +server \S+ "\$\{\w+-([\w:]+)\}"$/gm)]
    assert.deepEqual(
      servers.map(([, address]) => address),
      nodes.map(([name]) => `${name}:8080`),
    )
    assert.match(String(nodes[0]?.[1].environment?.['PARLANCE_TRUSTED_PROXY_HOPS']), /:-1\}$/)
  })

  test('Redis refuses rather than forgets, and keeps what it is told', () => {
    const command = services['redis']?.command?.join(' ') ?? ''
    assert.match(command, /--maxmemory-policy noeviction/)
    assert.match(command, /--appendonly yes/)
  })
})

test('the systemd unit sets settings that exist and gives the drain its time', () => {
  const unit = read('deploy/parlance.service')
  const assigned = /^Environment=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? []
  assertSettings(Object.fromEntries(assigned.map((one) => one.split('=', 2))))
  const stopMs = 1000 * Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
  assert.ok(stopMs > table.drainTimeoutMs.default)
})

describe('deploy/kubernetes', () => {
  interface Named {
    readonly kind: string
    readonly metadata: { readonly name: string }
  }
  const folder = 'deploy/kubernetes'
  const kustomization = 'kustomization.yaml'
  const files = readdirSync(join(root, folder)).filter((file) => file !== kustomization)
  const objects = files.flatMap((file) =>
    parseAllDocuments(read(join(folder, file)), { strict: true }).map((document) => {
      assert.deepEqual(document.errors, [])
      return document.toJS() as Named
    }),
  )
  const has = (kind: string, name: string): void =>
    assert.ok(
      objects.some((each) => each.kind === kind && each.metadata.name === name),
      `${kind} ${name}`,
    )
  const all = <T>(kind: string): T[] => objects.filter((each) => each.kind === kind) as unknown as T[]

  interface Deployment {
    readonly spec: {
      readonly template: {
        readonly spec: {
          readonly enableServiceLinks: boolean
          readonly terminationGracePeriodSeconds: number
          readonly securityContext: { readonly seccompProfile: { readonly type: string } }
          readonly volumes: readonly {
            readonly secret?: { readonly secretName: string }
            readonly persistentVolumeClaim?: { readonly claimName: string }
          }[]
          readonly containers: readonly {
            readonly env: readonly { readonly name: string; readonly value?: string }[]
            readonly envFrom: readonly Readonly<Record<string, { readonly name: string }>>[]
            readonly readinessProbe: { readonly httpGet: { readonly path: string } }
            readonly livenessProbe: { readonly httpGet: { readonly path: string } }
            readonly imagePullPolicy: string
            readonly securityContext: { readonly readOnlyRootFilesystem: boolean }
          }[]
        }
      }
    }
  }

  test('the kustomization names files of the folder, and the route leads to the Service', () => {
    const { resources } = parse(read(join(folder, kustomization))) as { resources: readonly string[] }
    for (const name of resources) assert.ok(files.includes(name.replace('secret.yaml', 'secret.example.yaml')), name)
    type Route = { spec: { rules: readonly { backendRefs: readonly { name: string; port: number }[] }[] } }
    for (const { name } of all<Route>('HTTPRoute')[0]!.spec.rules.flatMap(({ backendRefs }) => backendRefs))
      has('Service', name)
  })

  test('settings that there are, with values that they take', () => {
    for (const { data } of all<{ data: Environment }>('ConfigMap')) assertSettings(data)
    for (const { stringData } of all<{ stringData: Environment }>('Secret')) assertSettings(stringData)
  })

  test('what the nodes name is there, and they are asked at the right addresses', () => {
    const [deployment] = all<Deployment>('Deployment')
    const pod = deployment!.spec.template.spec
    for (const { secret, persistentVolumeClaim: claim } of pod.volumes) {
      if (secret) has('Secret', secret.secretName)
      if (claim) has('PersistentVolumeClaim', claim.claimName)
    }
    const [container] = pod.containers
    for (const { configMapRef, secretRef } of container!.envFrom) {
      if (configMapRef) has('ConfigMap', configMapRef.name)
      if (secretRef) has('Secret', secretRef.name)
    }
    for (const { name } of container!.env) assert.ok(!name.startsWith('PARLANCE_') || known.has(name), name)
    assert.equal(container!.readinessProbe.httpGet.path, '/readyz')
    assert.equal(container!.livenessProbe.httpGet.path, '/healthz')
    assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault')
    assert.equal(container!.securityContext.readOnlyRootFilesystem, true)
    assert.equal(container!.imagePullPolicy, 'IfNotPresent')
    // A Service of this name would otherwise be a setting that is none.
    has('Service', 'parlance')
    assert.equal(pod.enableServiceLinks, false)
    const [settings] = all<{ data: Environment }>('ConfigMap')
    assert.ok(Number(settings?.data['PARLANCE_DRAIN_TIMEOUT_MS']) < 1000 * pod.terminationGracePeriodSeconds)
  })
})
