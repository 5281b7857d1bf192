FROM busybox
ENV word=hello.tar.gz path=/usr/local/share name=
ENV a=hello.tar b=hello c=usr/local/share d=share e=/usr/x/share f=_usr_local_share
ENV g= h=unset i=set j=
