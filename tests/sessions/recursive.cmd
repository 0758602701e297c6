.echo once
$$>< recursive.cmd
