/** A tree of many configcrates as a large company has them: packages, services, files from templates, lines, users, jobs. */
import type { StacksFiles } from '../../src/stacks/stacks-files.ts';

export interface LargeStacks {
  readonly files: StacksFiles;
  /** A host name that no other call has returned: "all" gets every configcrate, "role" those of one role. */
  hostname(kind: 'all' | 'role'): string;
}

/** Each configcrate has seven resources and two templates; one role has all of them, one has `ofRole`. */
export function largeStacks(configcrates: number, ofRole: number): LargeStacks {
  const files = new Map<string, Uint8Array>();
  const write = (path: string, text: string) => files.set(path, Buffer.from(text));
  const names = Array.from({ length: configcrates }, (_, i) => `app-${String(i).padStart(3, '0')}`);
  names.forEach((name, i) => {
    write(`configcrates/${name}.vgo`, configcrate(name, i));
    write(`templates/${name}.conf.liquid`, TEMPLATE.replaceAll('NAME', name));
    write(`files/${name}.policy`, `# policy of ${name}\n`.repeat(40));
  });
  write('roles/everything.vgo', role('everything', names));
  write(
    'roles/web.vgo',
    role('web', names.filter((_, i) => i % Math.floor(configcrates / ofRole) === 0).slice(0, ofRole)),
  );
  write('envoys.vgo', `envoys:\n${rule('all*.example.com', 'everything')}${rule('role*.example.com', 'web')}`);
  let hosts = 0;
  return {
    files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    hostname: (kind) => `${kind}${hosts++}.dc1.example.com`,
  };
}

const role = (name: string, crates: readonly string[]): string =>
  `role: ${name}\nconfigcrates:\n${crates.map((crate) => `  - ${crate}\n`).join('')}`;

const rule = (match: string, roleName: string): string => `  - match: "${match}"
    environment: production
    roles: [${roleName}]
    vars:
      domain: example.com
      workers: 4
      upstreams: [10.1.0.11, 10.1.0.12, 10.1.0.13]
`;

const configcrate = (name: string, i: number): string => `configcrate: ${name}
resources:
  - name: package
    type: package
    package: ${name}
    version: "1.${i % 10}.3-2"
  - name: account
    type: user
    user: ${name}
    shell: /usr/sbin/nologin
    home: /var/lib/${name}
    system: true
  - name: directory
    type: directory
    target_path: /etc/${name}
    mode: "0755"
    depends_on: [package, account]
  - name: config
    type: file
    target_path: /etc/${name}/${name}.conf
    template: ${name}.conf.liquid
    mode: "0644"
    depends_on: [directory]
    notify: [service]
  - name: policy
    type: file
    target_path: /etc/${name}/policy
    source: ${name}.policy
    mode: "0640"
    depends_on: [directory]
  - name: host
    type: line
    target_path: /etc/${name}/hosts
    line: "{{ traits.addresses[0].address }} {{ environment }}.{{ vars.domain }} vip"
    match: " vip$"
    depends_on: [directory]
  - name: service
    type: service
    service: ${name}
    ensure: running
    enabled: true
    depends_on: [config]
`;

const TEMPLATE = `# NAME on {{ traits.hostname }}, {{ environment }}
workers {{ vars.workers | times: traits.cpu.cores }};
memory_limit {{ traits.memory.totalBytes | divided_by: 1048576 }}M;
listen {{ traits.addresses[0].address }}:8080;
server_name {{ traits.hostname }} NAME.{{ vars.domain }};
log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent';
upstream NAME {
{%- for upstream in vars.upstreams %}
  server {{ upstream }}:8080 max_fails=3 fail_timeout=30s;
{%- endfor %}
}
{% if traits.os.id == 'debian' -%}
user www-data;
{%- else -%}
user nginx;
{%- endif %}
location / {
  proxy_pass http://NAME;
  proxy_set_header Host $host;
  proxy_connect_timeout 5s;
}
`;
