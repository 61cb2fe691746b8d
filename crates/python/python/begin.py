import os,sys,types
def take():
 need,text=int.from_bytes(os.read(0,4),"big"),b""
 while len(text)<need:
  part=os.read(0,need-len(text))
  if not part:sys.exit()
  text+=part
 return text
module=types.ModuleType("freeswitch")
sys.modules["freeswitch"]=module
exec(compile(take(),"<freeswitch>","exec"),module.__dict__)
exec(compile(take(),"<worker>","exec"),{"__name__":"worker"})
