"""The servers that a bare machine lacks, as packages: PostgreSQL, Valkey and a mail server.

`python -m crm_portal.embedded` starts the whole portal on top of them (`make run`); the tests
start the same servers with throw-away data. Production uses none of this: nothing outside this
package imports it.
"""
