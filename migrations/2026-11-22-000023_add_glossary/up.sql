-- What means the same: a search for one of a group finds the others too. Edited by administrators.
CREATE TABLE glossary_groups (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT glossary_groups_pkey PRIMARY KEY,
    -- As typed, in their order.
    words text[] NOT NULL
        CONSTRAINT glossary_groups_words_count CHECK (array_ndims(words) = 1 AND cardinality(words) BETWEEN 2 AND 12)
        CONSTRAINT glossary_groups_words_given CHECK (array_position(words, NULL) IS NULL AND array_position(words, '') IS NULL)
        CONSTRAINT glossary_groups_words_length CHECK (length(array_to_string(words, '')) <= 960),
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- Counts the changes, so that a node asks for the groups only when they are not those it knows.
CREATE TABLE glossary_versions (
    the_only_one boolean CONSTRAINT glossary_versions_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT glossary_versions_one CHECK (the_only_one),
    version bigint NOT NULL CONSTRAINT glossary_versions_version_positive CHECK (version > 0)
);
INSERT INTO glossary_versions (version) VALUES (1);
CREATE FUNCTION count_glossary_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE glossary_versions SET version = version + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER glossary_groups_count_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON glossary_groups
    FOR EACH STATEMENT EXECUTE FUNCTION count_glossary_change();

-- What is shipped: src/platform/search/glossary.txt says the same.
INSERT INTO glossary_groups (words) VALUES
    (ARRAY['k8s', 'Kubernetes']),
    (ARRAY['VM', 'virtual machine']),
    (ARRAY['OS', 'operating system']),
    (ARRAY['CPU', 'processor']),
    (ARRAY['GKE', 'Google Kubernetes Engine']),
    (ARRAY['EKS', 'Elastic Kubernetes Service']),
    (ARRAY['AWS', 'Amazon Web Services']),
    (ARRAY['GCP', 'Google Cloud Platform']),
    (ARRAY['AZ', 'availability zone']),
    (ARRAY['VPC', 'virtual private cloud']),
    (ARRAY['ASG', 'auto scaling group', 'autoscaling group']),
    (ARRAY['HPA', 'horizontal pod autoscaler']),
    (ARRAY['PVC', 'persistent volume claim']),
    (ARRAY['CRD', 'custom resource definition']),
    (ARRAY['data center', 'datacenter', 'data centre']),
    (ARRAY['infra', 'infrastructure']),
    (ARRAY['autoscaling', 'auto scaling']),
    (ARRAY['OOM', 'out of memory', 'OOMKilled']),
    (ARRAY['GC', 'garbage collection', 'garbage collector']),
    (ARRAY['FD', 'file descriptor']),
    (ARRAY['IOPS', 'I/O operations per second']),
    (ARRAY['file system', 'filesystem']),
    (ARRAY['DB', 'database']),
    (ARRAY['PG', 'Postgres', 'PostgreSQL']),
    (ARRAY['WAL', 'write ahead log']),
    (ARRAY['MQ', 'message queue']),
    (ARRAY['LB', 'load balancer', 'loadbalancer']),
    (ARRAY['DNS', 'domain name system']),
    (ARRAY['CDN', 'content delivery network']),
    (ARRAY['NAT', 'network address translation']),
    (ARRAY['VPN', 'virtual private network']),
    (ARRAY['NIC', 'network interface card']),
    (ARRAY['NTP', 'network time protocol']),
    (ARRAY['TTL', 'time to live']),
    (ARRAY['RTT', 'round trip time']),
    (ARRAY['host name', 'hostname']),
    (ARRAY['time out', 'timeout']),
    (ARRAY['web hook', 'webhook']),
    (ARRAY['4xx', 'client error']),
    (ARRAY['5xx', 'server error']),
    (ARRAY['TLS', 'SSL']),
    (ARRAY['cert', 'certificate']),
    (ARRAY['CA', 'certificate authority']),
    (ARRAY['SSO', 'single sign on']),
    (ARRAY['2FA', 'two factor authentication']),
    (ARRAY['MFA', 'multi factor authentication']),
    (ARRAY['RBAC', 'role based access control']),
    (ARRAY['ACL', 'access control list']),
    (ARRAY['IAM', 'identity and access management']),
    (ARRAY['authn', 'authentication']),
    (ARRAY['authz', 'authorization']),
    (ARRAY['DoS', 'denial of service']),
    (ARRAY['DDoS', 'distributed denial of service']),
    (ARRAY['admin', 'administrator']),
    (ARRAY['config', 'configuration']),
    (ARRAY['repo', 'repository']),
    (ARRAY['env', 'environment']),
    (ARRAY['prod', 'production']),
    (ARRAY['CI', 'continuous integration']),
    (ARRAY['CD', 'continuous delivery', 'continuous deployment']),
    (ARRAY['PR', 'pull request']),
    (ARRAY['MR', 'merge request']),
    (ARRAY['fail over', 'failover']),
    (ARRAY['roll back', 'rollback']),
    (ARRAY['roll out', 'rollout']),
    (ARRAY['QPS', 'queries per second']),
    (ARRAY['RPS', 'requests per second']),
    (ARRAY['SLO', 'service level objective']),
    (ARRAY['SLA', 'service level agreement']),
    (ARRAY['SLI', 'service level indicator']),
    (ARRAY['HA', 'high availability']),
    (ARRAY['DR', 'disaster recovery']),
    (ARRAY['RCA', 'root cause analysis']),
    (ARRAY['SRE', 'site reliability engineering']);
