.echo inner is here
